SELECT 'equal', count(*) = 0 FROM members WHERE seat IS DISTINCT FROM seat_number;
INSERT INTO members (id, seat_number) VALUES (9001, 9001);
SELECT 'old side', seat = 9001 FROM members WHERE id = 9001;
