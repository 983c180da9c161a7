CREATE TABLE users (id INT PRIMARY KEY, fax VARCHAR(20));
CREATE VIEW faxes AS SELECT id, fax AS number FROM users;
