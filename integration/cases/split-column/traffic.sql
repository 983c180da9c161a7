\set id random(1, 20000)
UPDATE users SET name = 'Traffic Number' || :id WHERE id = :id;
INSERT INTO users (name) VALUES ('Fresh One');
