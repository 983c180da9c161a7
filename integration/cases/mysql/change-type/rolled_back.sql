SELECT 'keys are as before', COUNT(*) = 4 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'logins';
