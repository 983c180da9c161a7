SELECT 'all', count(*) = 0 FROM events WHERE cents IS DISTINCT FROM amount::bigint * 100;
UPDATE events SET day = '2026-02-10', amount = 7 WHERE id = 1;
SELECT 'a row that moved', cents = 700 AND tableoid = 'events_feb'::regclass FROM events WHERE id = 1;
INSERT INTO events (id, day, cents) VALUES (9001, '2027-01-01', 1200);
SELECT 'new side', amount = 12 FROM events WHERE id = 9001;
