CREATE TABLE users (id bigint PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'Ada Lovelace'), (2, 'Jean Luc Picard'), (3, 'Plato');
