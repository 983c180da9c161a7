SELECT 'wide', COUNT(*) = 2 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'visits' AND data_type = 'bigint';
INSERT INTO visits (page, hits) VALUES ('both may write', 7);
SELECT 'the next number goes on', MAX(id) > 5000 FROM visits;
UPDATE visits SET page = 'changed in the new shape' WHERE id = 5;
DELETE FROM visits WHERE id = 6;
