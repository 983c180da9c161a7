CREATE TABLE users (id bigint PRIMARY KEY, name text, updated bigint NOT NULL DEFAULT 0);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated := OLD.updated + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO users SELECT i, 'name ' || i FROM generate_series(1, 2000) AS i;
