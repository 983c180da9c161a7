SELECT 'rows', count(*) = 2002 FROM users WHERE fax IS NOT NULL;
