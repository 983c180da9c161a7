SELECT 'the old version may still do what it could', to_regclass('users_email') IS NULL;
