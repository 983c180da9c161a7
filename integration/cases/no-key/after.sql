SELECT 'rows', count(*) = 8010 AND count(number) = 8000 FROM readings;
