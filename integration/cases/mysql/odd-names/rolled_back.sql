SELECT 'rows', COUNT(*) = 3 FROM `select`;
