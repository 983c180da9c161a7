CREATE TABLE users (id bigint PRIMARY KEY, note text NOT NULL);
INSERT INTO users SELECT n, 'n' FROM generate_series(1, 100) AS n;
