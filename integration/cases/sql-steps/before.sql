CREATE TABLE users (id bigint PRIMARY KEY, name text, retired boolean NOT NULL DEFAULT false);
CREATE VIEW people AS SELECT id, name FROM users;
INSERT INTO users SELECT i, 'name ' || i FROM generate_series(1, 100) AS i;
