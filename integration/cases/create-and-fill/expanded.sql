INSERT INTO orders (id, code) VALUES (1, 'a');
SELECT 'the old shape is filled', label = 'order 1' FROM orders WHERE id = 1;
-- A table with rows would not be rolled back.
DELETE FROM orders;
