#!/usr/bin/env bash
# A release under live traffic, from nothing: installs and builds what is missing, starts a throwaway
# server under build/, loads users, runs three instances of the sample shop at v1, deploys
# plans/2026-11-22-names.toml (users.name becomes first_name and last_name), and says what happened.
#
#   ./quickstart.sh [postgresql|mariadb|mysql] [--rows N]       default 300,000
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD
# shellcheck source=cmake/install-packages.sh
. cmake/install-packages.sh

rows=300000
server=postgresql
while [ $# -gt 0 ]; do
  case $1 in
    --rows) rows=${2:?--rows needs a number}; shift 2 ;;
    postgresql | mariadb | mysql) server=$1; shift ;;
    *) echo "usage: ./quickstart.sh [postgresql|mariadb|mysql] [--rows N]" >&2; exit 64 ;;
  esac
done

case $server in
  postgresql)
    name=PostgreSQL manage=pg_cluster.sh database=postgres project=. longest=500
    need_packages build
    ;;
  *)
    # These count lock_timeout in whole seconds.
    name=MariaDB manage=mysql_server.sh database=shop project=mysql longest=1000
    [ "$server" = mariadb ] || name=MySQL
    need_packages build mysql
    ;;
esac
[ -e build/release/build.ninja ] ||
  cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DINTERLOCK_PCH=ON -DINTERLOCK_UNITY=ON \
    -DINTERLOCK_TESTS=OFF -DINTERLOCK_INTEGRATION=ON >/dev/null
echo "building (the first time takes some minutes)"
ninja -C build/release --quiet interlock shop

work=$root/build/quickstart-run
cluster=$work/cluster
shop=$root/integration/shop
manage=$root/integration/support/$manage
rm -rf "$work"
mkdir -p "$work/run"
export SHOP_RUN_DIR=$work/run SHOP_BIN=$root/build/release/integration/shop/shop
interlock=$root/build/release/src/cli/interlock

finish() {
  local status=$?
  for instance in web-1 web-2 web-3; do
    "$shop/deploy/stop" "$instance" >/dev/null 2>&1 || true
  done
  "$manage" stop "$cluster" >/dev/null 2>&1 || true
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

echo "starting a throwaway $name"
if [ "$server" = postgresql ]; then
  "$manage" start "$cluster" >/dev/null
else
  # So that sessions are known by what they call themselves.
  "$manage" start "$server" "$cluster" -c performance_schema=ON >/dev/null
  "$manage" sql "$cluster" "CREATE DATABASE $database"
fi
url=$("$manage" url "$cluster" "$database")
export SHOP_DATABASE_URL=$url
"$shop/sql.sh" "$url" <"$shop/$project/schema.sql"
echo "loading $rows users"
"$shop/load.sh" "$url" "$rows" >/dev/null
for instance in web-1 web-2 web-3; do "$shop/deploy/start" "$instance" v1; done
echo "three instances of the shop run v1; deploying plans/2026-11-22-names.toml"
echo

cd "$shop/$project"
"$interlock" deploy "$root/plans/2026-11-22-names.toml" --wait 5m --actor quickstart
"$interlock" ledger verify
"$interlock" history --html "$work/history.html" >/dev/null
sleep 1
echo
for instance in web-1 web-2 web-3; do "$shop/deploy/stop" "$instance" >/dev/null; done
"$shop/summary.sh"
"$interlock" ledger export | python3 "$shop/phases.py"
echo "history: build/quickstart-run/history.html"
"$shop/summary.sh" | awk -F ': ' -v longest=$longest '
  $1 == "failed" && $2 > 0 { print "requests failed"; bad = 1 }
  $1 == "wrong answers" && $2 > 0 { print "answers were wrong"; bad = 1 }
  $1 == "longest wait ms" && $2 > longest { print "a request waited longer than lock_timeout"; bad = 1 }
  END { exit bad }' >&2 || { echo "see $SHOP_RUN_DIR" >&2; exit 1; }
