CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT '');
INSERT INTO users (name) SELECT 'First' || i || ' Last' || i FROM generate_series(1, 20000) AS i;
