SELECT 'rows stay', COUNT(*) = 3 FROM users;
SELECT 'nothing is left behind', COUNT(*) = 0 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '~%';
DELETE FROM users WHERE id = 3;
