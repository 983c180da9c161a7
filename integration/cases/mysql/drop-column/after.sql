SELECT 'columns', GROUP_CONCAT(column_name ORDER BY ordinal_position) = 'id,phone' FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users';
SELECT 'its index is gone', COUNT(*) = 0 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'users' AND index_name = 'by_fax';
