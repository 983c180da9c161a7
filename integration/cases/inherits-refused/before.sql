CREATE TABLE log (id int PRIMARY KEY, a text);
CREATE TABLE "Old log" (b int) INHERITS (log);
INSERT INTO "Old log" VALUES (1, 'kept', 2);
