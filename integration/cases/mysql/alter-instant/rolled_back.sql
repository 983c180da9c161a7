SELECT 'rows stay', COUNT(*) = 3 FROM users;
DELETE FROM users WHERE id = 3;
