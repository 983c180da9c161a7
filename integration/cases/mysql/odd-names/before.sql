CREATE TABLE `select` (`1 key` VARCHAR(10) COLLATE utf8mb4_bin PRIMARY KEY, `from ``x``` VARCHAR(20));
INSERT INTO `select` VALUES ('a\'b', 'x'), ('ü', NULL), ('', 'y');
