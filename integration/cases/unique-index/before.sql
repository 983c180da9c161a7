CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, deleted boolean NOT NULL DEFAULT false);
INSERT INTO users SELECT i, 'user' || i || '@example.org', false FROM generate_series(1, 3000) AS i;
