CREATE TABLE seats (id bigint PRIMARY KEY);
INSERT INTO seats SELECT n FROM generate_series(1, 100) AS n;
CREATE TABLE members (
  id bigint PRIMARY KEY,
  seat integer,
  CONSTRAINT members_seats FOREIGN KEY (seat) REFERENCES seats (id) ON DELETE SET NULL,
  CONSTRAINT members_seat CHECK (seat > 0)
);
INSERT INTO members SELECT n, n FROM generate_series(1, 100) AS n;
CREATE INDEX members_by_seat ON members (seat DESC);
CREATE UNIQUE INDEX members_one_seat ON members (seat);
ANALYZE members;
