SELECT 'all', COUNT(*) = 2 FROM `select` WHERE `größe; DROP TABLE users` = CONCAT(`from ``x```, '-');
UPDATE `select` SET `from ``x``` = 'z' WHERE `1 key` = 'ü';
SELECT 'followed', COUNT(*) = 1 FROM `select` WHERE `größe; DROP TABLE users` = 'z-';
