SELECT 'rows stay', COUNT(*) = 3 FROM users;
