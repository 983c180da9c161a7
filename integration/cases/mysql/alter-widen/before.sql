CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL, level ENUM('a','b') NOT NULL DEFAULT 'a', KEY by_name (name));
INSERT INTO users VALUES (1, 'Ann', 'a'), (2, 'Bob', 'b');
