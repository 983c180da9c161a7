SELECT 'unique', indisunique AND indisvalid FROM pg_index WHERE indexrelid = 'users_email'::regclass;
SELECT 'as asked for', pg_get_indexdef('users_email'::regclass) = 'CREATE UNIQUE INDEX users_email ON public.users USING btree (lower(email)) INCLUDE (id) WHERE (NOT deleted)';
