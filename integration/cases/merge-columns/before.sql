CREATE TABLE places (region text, code text, lat numeric, lon numeric, PRIMARY KEY (region, code));
INSERT INTO places SELECT 'r' || i % 7, 'c' || i, i / 10.0, NULL FROM generate_series(1, 3000) AS i;
UPDATE places SET lon = lat + 1 WHERE region <> 'r3';
