INSERT INTO bills (note) VALUES ('old');
INSERT INTO bills (note, number) VALUES ('new', 9000);
SELECT 'old writer', number = no AND no > 500 FROM bills WHERE note = 'old';
SELECT 'new writer', no = 9000 FROM bills WHERE note = 'new';
