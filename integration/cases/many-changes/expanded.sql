SELECT 'names agree', count(*) = 0 FROM users WHERE name IS DISTINCT FROM first_name || ' ' || last_name;
SELECT 'ages agree', count(*) = 0 FROM users WHERE age IS DISTINCT FROM years;
SELECT 'all have a locale', count(*) = 0 FROM users WHERE locale IS NULL;
INSERT INTO users (name, age) VALUES ('Old Er', 44);
SELECT 'filled', locale = 'de' AND years = 44 FROM users WHERE name = 'Old Er';
INSERT INTO users (first_name, last_name, years) VALUES ('New', 'Er', 12);
SELECT 'defaults', locale = 'en' AND age = 12 AND name = 'New Er' FROM users WHERE first_name = 'New';
UPDATE users SET years = 45, name = 'Old Est' WHERE name = 'Old Er';
SELECT 'each side by itself', age = 45 AND last_name = 'Est' FROM users WHERE first_name = 'Old';
