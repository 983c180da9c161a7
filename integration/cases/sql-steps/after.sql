SELECT 'new view', count(*) = 100 FROM active;
SELECT 'old view', to_regclass('public.people') IS NULL;
SELECT 'index', indisvalid FROM pg_index WHERE indexrelid = 'users_retired'::regclass;
