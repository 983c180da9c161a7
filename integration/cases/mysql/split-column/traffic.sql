SET @id = FLOOR(1 + RAND() * 10000);
UPDATE users SET name = CONCAT('Traffic Number', @id) WHERE id = @id;
INSERT INTO users (name) VALUES ('Fresh One');
