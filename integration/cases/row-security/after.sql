SELECT 'rows', count(*) = 2001 FROM notes WHERE label IS NOT NULL;
SELECT 'policy', count(*) = 1 FROM pg_policy WHERE polrelid = 'notes'::regclass;
