SELECT 'no write is lost', COUNT(*) = 2 FROM users WHERE name IN ('Old Changed', 'Again Changed');
SELECT 'no trigger is left', COUNT(*) = 0 FROM information_schema.triggers WHERE event_object_schema = DATABASE() AND event_object_table = 'users';
