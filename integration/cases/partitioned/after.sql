SELECT 'rows', count(*) = 6001 FROM events WHERE cents IS NOT NULL;
SELECT 'every partition', count(*) = 0 FROM pg_attribute WHERE attname = 'amount' AND NOT attisdropped AND attrelid IN (SELECT relid FROM pg_partition_tree('events'));
SELECT 'no trigger', count(*) = 0 FROM pg_trigger WHERE tgrelid IN (SELECT relid FROM pg_partition_tree('events'));
