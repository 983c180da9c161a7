CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL, level ENUM('a','b') NOT NULL DEFAULT 'a');
INSERT INTO users VALUES (1, 'Ann', 'a'), (2, 'Bob', 'b');
