SELECT 'unique now', COUNT(*) = 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name = 'by_name' AND non_unique = 0;
