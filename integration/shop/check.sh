#!/usr/bin/env bash
# check.sh URL v1|v2|both: prints how many users are not as they were written last.
#
# both: name differs, bytewise, from first_name || ' ' || last_name.  In every mode a row of the
# shop's own also counts if its name is not that of the write that its note tells of.
set -euo pipefail
sql=$(dirname "${BASH_SOURCE[0]}")/sql.sh

if [[ ${1:-} == mysql:* ]]; then
  from_name=("SUBSTRING_INDEX(name, ' ', 1)" "SUBSTRING(name, LOCATE(' ', name) + 1)")
  joined="CONCAT(first_name, ' ', last_name)"
else
  from_name=("split_part(name, ' ', 1)" "split_part(name, ' ', 2)")
  joined="first_name || ' ' || last_name"
fi
case $#${2:-} in
  2v1) whole='name' first=${from_name[0]} last=${from_name[1]} ;;
  2v2) whole=$joined first='first_name' last='last_name' ;;
  2both) whole='name' first='first_name' last='last_name' ;;
  *)
    sed -n '2{s/^# //p}' "$0" >&2
    exit 64
    ;;
esac

# By image, so that no collation has a say.
if [[ $1 == mysql:* ]]; then
  "$sql" "$1" <<END
SELECT COUNT(*)
FROM (SELECT email, $whole AS whole, $first AS first, $last AS last,
             CONCAT('-', CASE WHEN note LIKE 'k=%'
                              THEN SUBSTRING_INDEX(SUBSTRING(note, 3), ' ', 1) ELSE '0' END) AS number,
             CONCAT('-', CASE WHEN email LIKE 'seed-%' THEN SUBSTRING(SUBSTRING_INDEX(email, '@', 1), 6)
                              ELSE SUBSTRING_INDEX(email, '@', 1) END) AS tag
      FROM users) AS written
WHERE NOT BINARY whole <=> BINARY CONCAT(first, ' ', last)
   OR (email LIKE '%@shop.test'
       AND NOT COALESCE(BINARY RIGHT(first, CHAR_LENGTH(number)) = BINARY number
                        AND BINARY RIGHT(last, CHAR_LENGTH(number) + CHAR_LENGTH(tag))
                            = BINARY CONCAT(number, tag), FALSE))
END
  exit
fi
"$sql" "$1" <<END
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
