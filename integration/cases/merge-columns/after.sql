SELECT 'rows', count(*) = 3001 FROM places WHERE position IS NOT NULL;
SELECT 'columns', string_agg(attname, ',' ORDER BY attnum) = 'region,code,position' FROM pg_attribute WHERE attrelid = 'places'::regclass AND attnum > 0 AND NOT attisdropped;
