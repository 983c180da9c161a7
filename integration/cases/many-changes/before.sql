CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, note text, age integer);
CREATE INDEX users_age ON users (age);
INSERT INTO users (name, note, age) SELECT 'First' || i || ' Last' || i, CASE WHEN i % 3 = 0 THEN 'n' || i END, nullif(i % 50, 0) FROM generate_series(1, 5000) AS i;
