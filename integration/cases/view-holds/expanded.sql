SELECT 'rows', count(*) = 10 FROM faxes;
