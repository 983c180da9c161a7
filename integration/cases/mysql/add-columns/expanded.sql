INSERT INTO orders VALUES (3, 10, 2);
INSERT INTO orders (id, price, amount, total, currency) VALUES (4, 10, 2, 7, 'USD');
SELECT 'filled', GROUP_CONCAT(total ORDER BY id) = '10.00,1.05,20.00,7.00' FROM orders;
SELECT 'by default', GROUP_CONCAT(currency ORDER BY id) = 'EUR,EUR,EUR,USD' FROM orders;
