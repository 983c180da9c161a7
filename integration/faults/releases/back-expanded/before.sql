CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, fax text);
INSERT INTO users SELECT n, 'user-' || n || '@example.org', n FROM generate_series(1, 100) AS n;
