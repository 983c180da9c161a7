SELECT 'free', count(*) = 1002 FROM users WHERE plan = 'free';
SELECT 'required', attnotnull FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'plan';
INSERT INTO users (name) VALUES ('later');
SELECT 'default', plan = 'free' AND token IS NOT NULL FROM users WHERE name = 'later';
SELECT 'no sync trigger', count(*) = 0 FROM pg_trigger WHERE tgrelid = 'users'::regclass;
