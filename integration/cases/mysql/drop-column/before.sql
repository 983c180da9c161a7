CREATE TABLE users (id INT PRIMARY KEY, fax VARCHAR(20) NOT NULL, phone VARCHAR(20), KEY by_fax (fax, phone));
INSERT INTO users VALUES (1, '1', '2');
