INSERT INTO users (id, name) VALUES (5001, 'by the new version');
SELECT 'the old version reads something', fax = 'none' FROM users WHERE id = 5001;
INSERT INTO users (id, name, fax) VALUES (5002, 'by the old version', '040/1');
SELECT 'and keeps its own', fax = '040/1' FROM users WHERE id = 5002;
