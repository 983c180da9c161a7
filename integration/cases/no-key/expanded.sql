SELECT 'all', count(*) = 0 FROM readings WHERE value::bigint IS DISTINCT FROM number;
