\set n random(1, 5000)
UPDATE users SET name = 'Traffic Nr' || :n, age = :n % 60 WHERE name = 'First' || :n || ' Last' || :n;
INSERT INTO users (name) VALUES ('Insert Er');
