CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, retired boolean NOT NULL);
INSERT INTO users SELECT n, 'user ' || n, n % 5 = 0 FROM generate_series(1, 100) AS n;
CREATE VIEW people AS SELECT id, name FROM users;
