INSERT INTO logins (id, code) VALUES (3, 7);
INSERT INTO logins (id, long_code) VALUES (4, 8);
SELECT 'equal', COUNT(*) = 4 FROM logins WHERE code = long_code;
SELECT 'no twin that old writers could violate', COUNT(*) = 0 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'logins' AND column_name = 'long_code' AND non_unique = 0;
