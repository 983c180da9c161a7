CREATE TABLE users (id BIGINT PRIMARY KEY, email VARCHAR(100) NOT NULL, fax VARCHAR(20));
INSERT INTO users WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100) SELECT n, CONCAT('user-', n, '@example.org'), n FROM numbers;
