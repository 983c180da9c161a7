SELECT 'twins of both', COUNT(*) = 2 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'logins' AND column_name = 'long_code';
SELECT 'unique', COUNT(*) = 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'logins' AND column_name = 'long_code' AND non_unique = 0;
INSERT INTO logins (id, long_code) VALUES (5, 3000000000);
SELECT 'long', COUNT(*) = 1 FROM logins WHERE long_code = 3000000000;
