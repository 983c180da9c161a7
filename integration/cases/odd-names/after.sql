SELECT 'columns', string_agg(attname, ',' ORDER BY attnum) = 'primary,b23456789012345678901234567890123456789012345678901234567890123' FROM pg_attribute WHERE attrelid = '"sch""ema; DROP TABLE x"."select"'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT 'rows', count(*) = 501 FROM "sch""ema; DROP TABLE x"."select";
SELECT 'index', count(*) = 2 FROM pg_index WHERE indrelid = '"sch""ema; DROP TABLE x"."select"'::regclass AND indisvalid;
