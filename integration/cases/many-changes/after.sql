SELECT 'columns', string_agg(attname, ',' ORDER BY attname) = 'first_name,id,last_name,locale,years' FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT 'no write is lost', count(*) = 2 FROM users WHERE (first_name, last_name, years) IN (('Old', 'Est', 45), ('New', 'Er', 12));
SELECT 'default of the declared', pg_get_expr(adbin, adrelid) = '''''::text' FROM pg_attrdef WHERE adrelid = 'users'::regclass AND adnum = (SELECT attnum FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'last_name');
SELECT 'index has its twin', count(*) = 1 FROM pg_index WHERE indrelid = 'users'::regclass AND pg_get_indexdef(indexrelid) LIKE '%(years)';
INSERT INTO groups (title) VALUES ('a');
SELECT 'group', color = 'red' FROM groups;
