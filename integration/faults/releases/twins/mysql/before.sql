CREATE TABLE seats (id BIGINT PRIMARY KEY, number INT NOT NULL UNIQUE);
INSERT INTO seats WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100) SELECT n, n FROM numbers;
CREATE TABLE members (
  id BIGINT PRIMARY KEY,
  seat INT,
  INDEX members_by_seat (seat DESC),
  UNIQUE INDEX members_one_seat (seat),
  CONSTRAINT members_seats FOREIGN KEY (seat) REFERENCES seats (number)
);
INSERT INTO members WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100) SELECT n, n FROM numbers;
ANALYZE TABLE members;
