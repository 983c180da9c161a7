CREATE TABLE users (id bigint PRIMARY KEY, name text, note text);
INSERT INTO users SELECT i, 'name ' || i, 'note ' || i FROM generate_series(1, 100) AS i;
