SELECT 'no write is lost', count(*) = 2 FROM users WHERE name IN ('Old Changed', 'Again Changed');
SELECT 'no trigger is left', count(*) = 0 FROM pg_trigger WHERE tgrelid = 'users'::regclass;
