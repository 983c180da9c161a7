CREATE TABLE readings (sensor text, value text);
INSERT INTO readings SELECT 's' || i % 5, i::text FROM generate_series(1, 8000) AS i;
INSERT INTO readings SELECT 's1', NULL FROM generate_series(1, 10);
