#!/usr/bin/env bash
# load.sh URL ROWS: fills the shop (schema.sql is there already) with ROWS users and ROWS/10 orders.
#
# Every name says to which row and which write it belongs: user 17 starts as 'Ann-0 Berg-0-17',
# write number 5 makes it 'Eva-5 Lund-5-17' and leaves 'k=5' in the note.  check.sh tests this.
set -euo pipefail

if (($# != 2)); then
  sed -n '2{s/^# //p}' "$0" >&2
  exit 64
fi

psql -X -q -v ON_ERROR_STOP=1 -v rows="$2" "$1" <<'END'
BEGIN;
INSERT INTO users (id, name, email)
SELECT id,
       (ARRAY['Ann', 'Bo', 'Carl', 'Dina', 'Eva', 'Finn', 'Gro', 'Hugo'])[id % 8 + 1] || '-0 ' ||
       (ARRAY['Berg', 'Dahl', 'Holm', 'Lund', 'Moe', 'Strand', 'Vik'])[id % 7 + 1] || '-0-' || id,
       'seed-' || id || '@shop.test'
FROM (SELECT coalesce(max(id), 0) AS last FROM users) AS present,
     generate_series(last + 1, last + :rows) AS id;
SELECT setval(pg_get_serial_sequence('users', 'id'), max(id)) FROM users \g /dev/null
INSERT INTO orders (user_id, amount)
SELECT id, id % 977 + 0.95 FROM users WHERE id % 10 = 0 AND email LIKE 'seed-%';
COMMIT;
ANALYZE users, orders;
END
