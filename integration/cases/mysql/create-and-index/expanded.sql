INSERT INTO carts (owner) VALUES (1);
SELECT 'made', COUNT(*) = 1 FROM carts WHERE id = 1 AND note = '';
DELETE FROM carts;
