INSERT INTO users (id, name) VALUES (101, 'by the new version');
SELECT 'still there', count(*) = 100 FROM users WHERE note IS NOT NULL;
