SELECT 'both views', (SELECT count(*) FROM people) = 100 AND (SELECT count(*) FROM active) = 100;
