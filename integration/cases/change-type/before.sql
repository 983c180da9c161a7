CREATE TABLE teams (id bigint PRIMARY KEY);
INSERT INTO teams SELECT i FROM generate_series(1, 50) AS i;
CREATE TABLE members (id bigint PRIMARY KEY, seat integer NOT NULL, team integer,
  CONSTRAINT seat_is_positive CHECK (seat > 0));
CREATE UNIQUE INDEX members_seat ON members (seat);
CREATE INDEX members_seat_desc ON members (seat DESC) WHERE seat > 10;
INSERT INTO members SELECT i, i, i % 50 + 1 FROM generate_series(1, 3000) AS i;
