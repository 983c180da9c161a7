SELECT 'rows', COUNT(*) = 3 FROM `select` WHERE `größe; DROP TABLE users` LIKE '%-';
