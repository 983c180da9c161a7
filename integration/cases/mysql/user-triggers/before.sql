CREATE TABLE words (id INT PRIMARY KEY, word VARCHAR(50), length INT, kind ENUM('short', 'long')) COLLATE utf8mb4_general_ci;
CREATE TRIGGER measure BEFORE INSERT ON words FOR EACH ROW SET NEW.length = 4;
CREATE TRIGGER sort BEFORE UPDATE ON words FOR EACH ROW SET NEW.kind = IF(NEW.length > 3, 'long', 'short');
INSERT INTO words (id, word) VALUES (1, 'bob'), (2, 'ann ');
