CREATE TABLE users (id bigint PRIMARY KEY, fax text);
CREATE VIEW faxes AS SELECT id, fax FROM users;
INSERT INTO users SELECT i, 'fax ' || i FROM generate_series(1, 10) AS i;
