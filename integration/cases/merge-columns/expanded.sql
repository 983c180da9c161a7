SELECT 'NULLs', count(*) = 0 FROM places WHERE region = 'r3' AND position NOT LIKE '%/';
UPDATE places SET lon = 5 WHERE code = 'c3';
SELECT 'old side', position LIKE '%/5' FROM places WHERE code = 'c3';
INSERT INTO places (region, code, position) VALUES ('new', 'x', '1.5/2');
SELECT 'new side', lat = 1.5 AND lon = 2 FROM places WHERE code = 'x';
