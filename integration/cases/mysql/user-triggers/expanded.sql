UPDATE words SET word = 'Bob' WHERE id = 1;
SELECT 'bytewise', BINARY term = BINARY 'Bob' FROM words WHERE id = 1;
UPDATE words SET term = 'BOB' WHERE id = 1;
SELECT 'bytewise back', BINARY word = BINARY 'BOB' FROM words WHERE id = 1;
SELECT 'blanks at the end count', BINARY term = BINARY 'ann ' FROM words WHERE id = 2;
INSERT INTO words (id, word) VALUES (1, 'Eve') ON DUPLICATE KEY UPDATE word = 'Eva';
REPLACE INTO words (id, term) VALUES (2, 'Zoe');
SELECT 'equal', COUNT(*) = 2 FROM words WHERE BINARY word <=> BINARY term AND length = 4;
