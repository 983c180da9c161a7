SELECT 'columns', string_agg(attname, ',' ORDER BY attnum) = 'id,name' FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped;
