DELETE FROM teams WHERE id = 7;
SELECT 'the action reaches both sides', count(*) = 40 AND bool_and(team_id IS NULL) FROM members WHERE team IS NULL;
