SELECT 'rows', count(*) = 3001 FROM members WHERE seat_number > 0;
SELECT 'indexes', count(*) = 2 FROM pg_index WHERE indrelid = 'members'::regclass AND NOT indisprimary AND indisvalid AND pg_get_indexdef(indexrelid) LIKE '%seat_number%';
SELECT 'unique', count(*) = 1 FROM pg_index WHERE indrelid = 'members'::regclass AND NOT indisprimary AND indisunique;
SELECT 'check', count(*) = 1 FROM pg_constraint WHERE conrelid = 'members'::regclass AND contype = 'c' AND convalidated AND pg_get_constraintdef(oid) LIKE '%seat_number > 0%';
INSERT INTO members (id, seat_number) VALUES (9002, 5000000000);
SELECT 'large', count(*) = 1 FROM members WHERE seat_number = 5000000000;
