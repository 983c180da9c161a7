SELECT 'all are filled', count(*) = 0 FROM users WHERE email_key IS NULL;
SELECT 'from their address', count(*) = 0 FROM users WHERE email_key <> lower(email);
INSERT INTO users (email, email_key) VALUES ('New@Example.org', 'its own');
SELECT 'what the new version says stays', email_key = 'its own' FROM users WHERE email = 'New@Example.org';
SELECT 'traffic came', count(*) > 0 FROM users WHERE email = 'Traffic@Example.org';
