CREATE TABLE teams (id bigint PRIMARY KEY);
INSERT INTO teams SELECT i FROM generate_series(1, 50) AS i;
CREATE TABLE members (id bigint PRIMARY KEY, team integer,
  CONSTRAINT members_team FOREIGN KEY (team) REFERENCES teams (id) ON DELETE SET NULL);
INSERT INTO members SELECT i, i % 50 + 1 FROM generate_series(1, 2000) AS i;
