SELECT 'no write is lost', count(*) = 2 FROM users WHERE (name, age) IN (('Old Est', 45), ('New Er', 12));
