INSERT INTO visits (page, hits) VALUES ('new', 1);
UPDATE visits SET hits = hits + 1 WHERE id = 1 + FLOOR(RAND() * 1000);
UPDATE visits SET page = CONCAT('moved ', id) WHERE id = 1 + FLOOR(RAND() * 1000);
DELETE FROM visits WHERE id = 1000 + FLOOR(RAND() * 1000);
