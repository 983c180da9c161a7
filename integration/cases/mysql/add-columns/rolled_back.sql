SELECT 'rows stay', COUNT(*) = 4 FROM orders;
