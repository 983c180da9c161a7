SELECT 'columns', string_agg(attname, ',' ORDER BY attnum) = 'id,name' FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT 'indexes', count(*) = 1 FROM pg_index WHERE indrelid = 'users'::regclass;
SELECT 'rows', count(*) = 2002 FROM users;
