CREATE TABLE `lines` (text VARCHAR(50));
INSERT INTO `lines` VALUES ('a'), ('a');
