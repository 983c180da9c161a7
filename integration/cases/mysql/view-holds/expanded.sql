SELECT 'there', COUNT(*) = 0 FROM faxes;
