\set id random(1, 20000)
INSERT INTO users (email) VALUES ('Traffic@Example.org');
UPDATE users SET email = email WHERE id = :id;
