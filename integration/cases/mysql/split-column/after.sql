SELECT 'columns', GROUP_CONCAT(column_name ORDER BY ordinal_position) = 'id,changed,first_name,last_name' FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users';
SELECT 'required and visible', COUNT(*) = 2 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name LIKE '%\_name' AND is_nullable = 'NO' AND extra NOT LIKE '%INVISIBLE%';
SELECT 'no write is lost', COUNT(*) = 2 FROM users WHERE (first_name, last_name) IN (('Old', 'Changed'), ('Again', 'Changed'));
SELECT 'no trigger is left', COUNT(*) = 0 FROM information_schema.triggers WHERE event_object_schema = DATABASE() AND event_object_table = 'users';
