SELECT 'the note', COUNT(*) = 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'note';
