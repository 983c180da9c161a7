SELECT 'agree', count(*) = 0 FROM users WHERE revision IS DISTINCT FROM updated * 10;
UPDATE users SET name = 'changed' WHERE id = 5;
SELECT 'ours comes after the user''s', revision = updated * 10 AND updated > 0 FROM users WHERE id = 5;
INSERT INTO users (id, name) VALUES (5001, 'new');
SELECT 'defaults', revision = 0 FROM users WHERE id = 5001;
