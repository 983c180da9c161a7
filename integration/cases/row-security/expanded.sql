SELECT 'scores', count(*) = 0 FROM notes WHERE score IS DISTINCT FROM CASE mood WHEN 'sad' THEN 0 WHEN 'ok' THEN 1 ELSE 2 END;
UPDATE notes SET score = 0 WHERE id = 1;
SELECT 'back', mood = 'sad' FROM notes WHERE id = 1;
INSERT INTO notes (owner, tags) VALUES ('x', '{one}');
SELECT 'defaults', score = 1 AND label = 'one' FROM notes WHERE owner = 'x';
