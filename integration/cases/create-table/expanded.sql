SELECT 'empty', count(*) = 0 FROM "Order Desk"."Order";
SELECT 'foreign key', confdeltype = 'c' FROM pg_constraint WHERE conname = 'Order_user_fk';
