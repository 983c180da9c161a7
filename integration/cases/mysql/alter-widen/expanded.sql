SELECT 'in place: nothing stands beside it', COUNT(*) = 0 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '~%';
INSERT INTO users VALUES (3, 'Cid', 'b');
