SELECT 'required', attnotnull FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'email_key';
SELECT 'no helper is left', count(*) = 0 FROM pg_constraint WHERE conrelid = 'users'::regclass AND contype = 'c';
SELECT 'no sync trigger', count(*) = 0 FROM pg_trigger WHERE tgrelid = 'users'::regclass;
SELECT 'all are filled', count(*) = 0 FROM users WHERE email_key <> lower(email) AND email_key <> 'its own';
SELECT 'index', indisvalid FROM pg_index WHERE indexrelid = 'users_email_key_idx'::regclass;
