INSERT INTO users (name) VALUES ('by the old version');
INSERT INTO users (name, plan) VALUES ('by the new version', 'paid');
SELECT 'all have a plan', count(*) = 1002 FROM users WHERE plan IS NOT NULL;
SELECT 'old rows have no token', count(*) = 1000 FROM users WHERE token IS NULL;
