INSERT INTO users (id, name) VALUES (3, 'Cid');
SELECT 'the default', level = 'b' FROM users WHERE id = 3;
SELECT 'in place: nothing stands beside it', COUNT(*) = 0 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '~%';
