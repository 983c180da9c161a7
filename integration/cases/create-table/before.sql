CREATE SCHEMA "Order Desk";
CREATE TABLE public.users (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO public.users VALUES (1, 'Ada'), (2, 'Bob');
