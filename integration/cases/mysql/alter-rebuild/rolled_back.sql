SELECT 'narrow', COUNT(*) = 2 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'visits' AND data_type = 'int';
SELECT 'an insert came back', COUNT(*) = 1 FROM visits WHERE page = 'both may write' AND hits = 7;
SELECT 'an update came back', COUNT(*) = 1 FROM visits WHERE id = 5 AND page = 'changed in the new shape';
SELECT 'a delete came back', COUNT(*) = 0 FROM visits WHERE id = 6;
SELECT 'nothing is left behind', COUNT(*) = 0 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '~%';
SELECT 'no trigger either', COUNT(*) = 0 FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND trigger_name LIKE '~%';
