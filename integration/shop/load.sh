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
sql=$(dirname "${BASH_SOURCE[0]}")/sql.sh

if [[ $1 == mysql:* ]]; then
  digits='(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5
           UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)'
  # shellcheck disable=SC2046
  printf -v thousands ' UNION ALL SELECT %d' $(seq 0 1000 "$2")
  "$sql" "$1" <<END
SET @last = (SELECT COALESCE(MAX(id), 0) FROM users);
INSERT INTO users (id, name, email)
SELECT id, CONCAT(ELT(id % 8 + 1, 'Ann', 'Bo', 'Carl', 'Dina', 'Eva', 'Finn', 'Gro', 'Hugo'), '-0 ',
                  ELT(id % 7 + 1, 'Berg', 'Dahl', 'Holm', 'Lund', 'Moe', 'Strand', 'Vik'), '-0-', id),
       CONCAT('seed-', id, '@shop.test')
FROM (SELECT @last + 1 + a.d + 10 * b.d + 100 * c.d + t.n AS id
      FROM $digits a, $digits b, $digits c, (SELECT -1000 AS n$thousands) t) AS numbers
WHERE id > @last AND id <= @last + $2 ORDER BY id;
INSERT INTO orders (user_id, amount)
SELECT id, id % 977 + 0.95 FROM users WHERE id % 10 = 0 AND email LIKE 'seed-%' AND id > @last;
END
  echo 'ANALYZE TABLE users, orders' | "$sql" "$1" >/dev/null
  exit
fi

"$sql" "$1" <<END
BEGIN;
INSERT INTO users (id, name, email)
SELECT id,
       (ARRAY['Ann', 'Bo', 'Carl', 'Dina', 'Eva', 'Finn', 'Gro', 'Hugo'])[id % 8 + 1] || '-0 ' ||
       (ARRAY['Berg', 'Dahl', 'Holm', 'Lund', 'Moe', 'Strand', 'Vik'])[id % 7 + 1] || '-0-' || id,
       'seed-' || id || '@shop.test'
FROM (SELECT coalesce(max(id), 0) AS last FROM users) AS present,
     generate_series(last + 1, last + $2) AS id;
SELECT setval(pg_get_serial_sequence('users', 'id'), max(id)) FROM users \g /dev/null
INSERT INTO orders (user_id, amount)
SELECT id, id % 977 + 0.95 FROM users WHERE id % 10 = 0 AND email LIKE 'seed-%';
COMMIT;
ANALYZE users, orders;
END
