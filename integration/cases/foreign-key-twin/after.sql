SELECT 'twin', count(*) = 1 FROM pg_constraint WHERE conrelid = 'members'::regclass AND contype = 'f' AND convalidated AND confdeltype = 'n' AND pg_get_constraintdef(oid) LIKE '%(team_id)%';
DELETE FROM teams WHERE id = 8;
SELECT 'it acts', count(*) = 80 FROM members WHERE team_id IS NULL;
