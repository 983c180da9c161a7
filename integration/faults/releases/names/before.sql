CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO users SELECT n, 'Ann Berg-' || n FROM generate_series(1, 100) AS n;
