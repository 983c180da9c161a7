CREATE TABLE logins (id INT PRIMARY KEY, code INT NOT NULL, at DATETIME, UNIQUE KEY by_code (code), KEY by_code_and_time (code DESC, at));
INSERT INTO logins VALUES (1, -5, NULL), (2, 2147483647, '2026-01-01');
