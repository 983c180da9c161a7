SELECT 'columns', string_agg(attname, ',' ORDER BY attnum) = 'id,note,number' FROM pg_attribute WHERE attrelid = 'bills'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT 'sequences', count(*) = 1 FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
SELECT 'rows', count(*) >= 502 AND count(number) = count(*) FROM bills;
