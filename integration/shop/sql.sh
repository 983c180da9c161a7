#!/usr/bin/env bash
# sql.sh URL: runs the statements on standard input; rows come out as lines, values apart by "|" or a tab.
set -euo pipefail

if (($# != 1)); then
  sed -n '2{s/^# //p}' "$0" >&2
  exit 64
fi

if [[ $1 != mysql:* ]]; then exec psql -X -q -At -v ON_ERROR_STOP=1 "$1"; fi
[[ $1 =~ ^mysql://([^@]*)@([^:/]*):([0-9]+)/(.*)$ ]] || { echo "sql.sh: '$1' is no url" >&2; exit 64; }
exec mariadb --no-defaults --batch --skip-column-names --default-character-set=utf8mb4 \
  --user="${BASH_REMATCH[1]}" --password= --host="${BASH_REMATCH[2]}" --port="${BASH_REMATCH[3]}" \
  "${BASH_REMATCH[4]}"
