#!/usr/bin/env bash
# self_test.sh SHOP_BIN: does by hand what a release of two name columns does, under traffic from
# both versions, and shows that the shop stays right and notices when it isn't.
set -euo pipefail

if (($# != 1)); then
  echo "usage: self_test.sh SHOP_BIN" >&2
  exit 64
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cluster=$here/../support/pg_cluster.sh
work=$(mktemp -d /tmp/shop-self-test.XXXXXX)
SHOP_BIN=$(realpath "$1")
export SHOP_BIN SHOP_RUN_DIR=$work/run

StopAll() {
  for number in 1 2 3; do "$here/deploy/stop" "web-$number" || true; done
}
Finish() {
  StopAll
  "$cluster" stop "$work/pg" immediate
  rm -rf "$work"
}
trap Finish EXIT

Sql() { psql -X -q -At -v ON_ERROR_STOP=1 "$SHOP_DATABASE_URL" "$@"; }
Say() { printf '\n== %s\n' "$*"; }
# Expect WHAT WANTED GOT
Expect() {
  if [[ $2 != "$3" ]]; then
    echo "FAILED: $1: expected '$2', got '$3'" >&2
    cat "$SHOP_RUN_DIR"/stats/*.json >&2
    exit 1
  fi
  echo "ok: $1: $3"
}
Summary() { "$here/summary.sh" | sed -n "s/^$1: //p"; }
Replace() {  # INSTANCE VERSION
  "$here/deploy/stop" "$1"
  "$here/deploy/start" "$1" "$2" | cat  # cat sees the end although the instance runs on
  "$here/deploy/healthy" "$1" "$2"
}

Say "a shop of 20,000 users"
"$cluster" start "$work/pg"
SHOP_DATABASE_URL=$("$cluster" url "$work/pg")
export SHOP_DATABASE_URL
Sql -f "$here/schema.sql"
"$here/load.sh" "$SHOP_DATABASE_URL" 20000
Expect "instances before" "-" "$("$here/deploy/list" web)"
for number in 1 2 3; do Replace "web-$number" v1; done
Expect "instances" "web-1 v1,web-2 v1,web-3 v1" "$("$here/deploy/list" web | paste -sd,)"
"$here/deploy/start" web-1 v1
Expect "sessions" 3 "$(Sql -c "SELECT count(*) FROM pg_stat_activity
                               WHERE application_name = 'web/v1'")"
sleep 2

Say "expand"
Sql <<'SQL'
SET lock_timeout = '500ms';
BEGIN;
ALTER TABLE users ADD COLUMN first_name text, ADD COLUMN last_name text;
CREATE FUNCTION sync_users() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  up record;
BEGIN
  SELECT split_part(NEW.name, ' ', 1) AS first_name, split_part(NEW.name, ' ', 2) AS last_name
    INTO up;
  IF record_image_eq(ROW(NEW.first_name, NEW.last_name), ROW(up.first_name, up.last_name)) THEN
    RETURN NEW;
  END IF;
  IF (TG_OP = 'INSERT' AND (NEW.first_name IS NOT NULL OR NEW.last_name IS NOT NULL))
     OR (TG_OP = 'UPDATE' AND record_image_ne(ROW(NEW.first_name, NEW.last_name),
                                              ROW(OLD.first_name, OLD.last_name))) THEN
    NEW.name := NEW.first_name || ' ' || NEW.last_name;
  ELSIF TG_OP = 'INSERT' OR record_image_ne(ROW(NEW.name), ROW(OLD.name))
        OR record_image_ne(ROW(NEW.name), ROW(NEW.first_name || ' ' || NEW.last_name)) THEN
    NEW.first_name := up.first_name;
    NEW.last_name := up.last_name;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER zz_sync BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION sync_users();
ALTER TABLE users ENABLE ALWAYS TRIGGER zz_sync;
COMMIT;
SQL
sleep 1

Say "backfill"
last=$(Sql -c 'SELECT max(id) FROM users')
for ((low = 1; low <= last; low += 1000)); do
  Sql -c "SET lock_timeout = '200ms'" \
    -c "UPDATE users SET name = name WHERE id BETWEEN $low AND $low + 999
        AND record_image_ne(ROW(name), ROW(first_name || ' ' || last_name))"
done
Expect "rows that differ after the backfill" 0 "$("$here/check.sh" "$SHOP_DATABASE_URL" both)"

Say "roll out"
for number in 1 2 3; do
  Replace "web-$number" v2
  sleep 1
done
Expect "instances" "web-1 v2,web-2 v2,web-3 v2" "$("$here/deploy/list" web | paste -sd,)"
Expect "sessions of v1" 0 "$(Sql -c "SELECT count(*) FROM pg_stat_activity
                                     WHERE application_name = 'web/v1'")"
Expect "rows that differ after the rollout" 0 "$("$here/check.sh" "$SHOP_DATABASE_URL" both)"
Replace web-2 v1
Replace web-2 v2

Say "an instance is killed and started again"
kill -9 "$(cut -d' ' -f1 "$SHOP_RUN_DIR/web-3.pid")"
Expect "instances" "web-1 v2,web-2 v2" "$("$here/deploy/list" web | paste -sd,)"
Replace web-3 v2

Say "contract: quarantine, then drop"
Sql -c 'BEGIN' -c 'DROP TRIGGER zz_sync ON users' -c 'ALTER TABLE users ALTER name DROP NOT NULL' \
  -c 'ALTER TABLE users RENAME name TO was_name' -c 'COMMIT'
sleep 1
Sql -c 'ALTER TABLE users DROP COLUMN was_name'
sleep 1
for number in 1 2 3; do "$here/deploy/healthy" "web-$number" v2; done
StopAll
Expect "instances after" "-" "$("$here/deploy/list" web)"
Expect "rows that are not as written" 0 "$("$here/check.sh" "$SHOP_DATABASE_URL" v2)"
"$here/summary.sh"
Expect "failed" 0 "$(Summary failed)"
Expect "wrong answers" 0 "$(Summary 'wrong answers')"
Expect "starts" 9 "$(Summary starts)"
if (($(Summary reprepared) < 9)); then Expect "prepared again" "9 or more" "$(Summary reprepared)"; fi

Say "what is wrong is noticed"
export SHOP_RUN_DIR=$work/run-2
SHOP_GATE='false {version}' "$here/deploy/start" web-1 v2 2>/dev/null && Expect gate refused open
SHOP_GATE='test {version} = v2' "$here/deploy/start" web-1 v2
Sql -c "UPDATE users SET last_name = 'Else' WHERE id % 64 = 1 OR email LIKE 'web-1.%'"
sleep 1
"$here/deploy/healthy" web-1 v2 2>/dev/null && Expect health bad good
StopAll
if (($(Summary 'wrong answers') == 0)); then Expect "wrong answers" some none; fi
"$here/deploy/start" web-1 v1
sleep 0.7
"$here/deploy/healthy" web-1 v1 2>/dev/null && Expect "v1 without name" bad good
StopAll
if (($(Summary failed) == 0)); then Expect "failed" some none; fi

Say "a lost server is counted, and outlived"
export SHOP_RUN_DIR=$work/run-3
Sql -c 'TRUNCATE users, orders' -c "ALTER TABLE users ADD COLUMN name text" \
  -c 'ALTER TABLE users DROP COLUMN first_name, DROP COLUMN last_name'
"$here/load.sh" "$SHOP_DATABASE_URL" 2000
SHOP_THREADS=2 "$here/deploy/start" web-1 v1
sleep 1
"$cluster" kill "$work/pg"
sleep 0.3
"$cluster" restart "$work/pg"
sleep 1
StopAll
Expect "failed" 2 "$(Summary failed)"
Expect "wrong answers" 0 "$(Summary 'wrong answers')"
Expect "rows that are not as written" 0 "$("$here/check.sh" "$SHOP_DATABASE_URL" v1)"

Say "passed"
