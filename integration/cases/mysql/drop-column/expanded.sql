INSERT INTO users (id, phone) VALUES (2, '3');
SELECT 'old versions read a value', COUNT(*) = 1 FROM users WHERE id = 2 AND fax IS NOT NULL;
INSERT INTO users VALUES (3, '4', '5');
