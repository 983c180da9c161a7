SELECT 'wide', COUNT(*) = 2 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'visits' AND data_type = 'bigint';
SELECT 'written in the new shape', COUNT(*) = 1 FROM visits WHERE page = 'both may write';
SELECT 'nothing is left behind', COUNT(*) = 0 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '~%';
SELECT 'no trigger either', COUNT(*) = 0 FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND trigger_name LIKE '~%';
