CREATE TABLE users (id bigint PRIMARY KEY, fax text NOT NULL, note text, name text);
CREATE INDEX users_note ON users (note);
CREATE INDEX users_note_name ON users (note, name);
INSERT INTO users SELECT i, '030/' || i, 'note ' || i, 'name ' || i FROM generate_series(1, 2000) AS i;
