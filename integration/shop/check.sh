#!/usr/bin/env bash
# check.sh URL v1|v2|both: prints how many users are not as they were written last.
#
# both: name differs, bytewise, from first_name || ' ' || last_name.  In every mode a row of the
# shop's own also counts if its name is not that of the write that its note tells of.
set -euo pipefail

case $#${2:-} in
  2v1) whole='name' first="split_part(name, ' ', 1)" last="split_part(name, ' ', 2)" ;;
  2v2) whole="first_name || ' ' || last_name" first='first_name' last='last_name' ;;
  2both) whole='name' first='first_name' last='last_name' ;;
  *)
    sed -n '2{s/^# //p}' "$0" >&2
    exit 64
    ;;
esac

# By image, so that no collation has a say.
psql -X -q -At -v ON_ERROR_STOP=1 "$1" <<END
SELECT count(*)
FROM (SELECT email, ($whole)::text AS whole, ($first)::text AS first, ($last)::text AS last,
             '-' || coalesce(substring(note FROM '^k=([0-9]+)'), '0') AS write,
             '-' || regexp_replace(split_part(email, '@', 1), '^seed-', '') AS tag
      FROM users) AS written
WHERE record_image_ne(ROW(whole), ROW(first || ' ' || last))
   OR (email LIKE '%@shop.test'
       AND (right(first, length(write)) = write
            AND right(last, length(write || tag)) = write || tag) IS NOT TRUE)
END
