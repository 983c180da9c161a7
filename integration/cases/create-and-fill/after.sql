INSERT INTO orders (id, code, label) VALUES (2, 'b', 'mine');
SELECT 'the new shape', label = 'mine' FROM orders WHERE id = 2;
SELECT 'not null', attnotnull FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'label';
