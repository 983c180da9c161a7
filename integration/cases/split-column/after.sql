SELECT 'columns', string_agg(attname, ',' ORDER BY attnum) = 'id,first_name,last_name' FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT 'required', bool_and(attnotnull) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname IN ('first_name', 'last_name');
SELECT 'no write is lost', count(*) = 2 FROM users WHERE (first_name, last_name) IN (('Old', 'Changed'), ('Again', 'Changed'));
SELECT 'functions are gone', count(*) = 0 FROM pg_proc WHERE proname LIKE 'sync\_%' AND pronamespace = 'interlock'::regnamespace;
