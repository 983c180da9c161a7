CREATE TABLE notes (id BIGINT PRIMARY KEY, note VARCHAR(20) NOT NULL, KEY by_note (note));
INSERT INTO notes WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 40) SELECT n, CONCAT('note ', n) FROM numbers;
