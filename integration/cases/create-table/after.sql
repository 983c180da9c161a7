INSERT INTO "Order Desk"."Order" ("user", total) VALUES (1, 10), (2, 0);
SELECT 'rows', count(*) = 2 FROM "Order Desk"."Order";
DELETE FROM public.users WHERE id = 2;
SELECT 'deleted with its user', count(*) = 1 FROM "Order Desk"."Order";
SELECT 'checks', count(*) = 1 FROM pg_constraint WHERE conname = 'total_is_positive' AND convalidated;
SELECT 'index', indisvalid FROM pg_index WHERE indexrelid = '"Order Desk"."Order_total"'::regclass;
