SELECT 'the triggers of the user stay', COUNT(*) = 2 FROM information_schema.triggers WHERE event_object_schema = DATABASE() AND event_object_table = 'words';
SELECT 'no write is lost', GROUP_CONCAT(term ORDER BY id) = 'Eva,Zoe' FROM words;
