CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
INSERT INTO users (name) SELECT 'user ' || i FROM generate_series(1, 1000) AS i;
