#!/usr/bin/env bash
# Throwaway MariaDB and MySQL servers for tests: start, kill, restart, replicate, stop.
#
#   mysql_server.sh install mysql [DIR]          unpacks MySQL there, unless it is there
#   mysql_server.sh start mariadb|mysql DIR [PORT] [-c NAME=VALUE]...
#   mysql_server.sh replica DIR FROM_DIR [-c NAME=VALUE]...
#   mysql_server.sh stop DIR [fast|immediate]    ends it and removes its data
#   mysql_server.sh kill DIR                     SIGKILL; the data stays
#   mysql_server.sh restart DIR                  also after kill, or after a crash
#   mysql_server.sh sql DIR STATEMENTS           as root; prints the rows, separated by tabs
#   mysql_server.sh url DIR [DBNAME [USER]]
#
# It listens on 127.0.0.1 and on a socket, lets root in without a password, logs to DIR/server.log,
# has a binary log of rows with GTIDs, and does not fsync.  A replica is read-only and has caught up
# with what its source held.  Root runs the server as user postgres, with files under /tmp since that
# user may be unable to reach DIR; DIR/server says where.
#
# MariaDB is Debian's mariadb-server-core.  MySQL is fetched when first needed (fetch_mysql.sh), into
# INTERLOCK_MYSQL_DIR: by default ~/.cache/interlock-mysql, for root /var/cache/interlock-mysql.
set -euo pipefail

# shellcheck source=throwaway_server.sh
. "$(dirname "$0")/throwaway_server.sh"

# As the server's user.
ExecAsServer() {
  LeaveCaller
  # runuser would stay, as the server's parent.
  if ((EUID == 0)); then set -- setpriv --reuid=postgres --regid=postgres --init-groups "$@"; fi
  exec "$@"
}

AsServer() (
  ExecAsServer "$@"
)

Own() {
  if ((EUID == 0)); then chown postgres: "$@"; fi
}

# Sets server, the command that runs one of this flavor, and version.
FindServer() {
  command -v mariadb >/dev/null || Die "no client found (package mariadb-client-core)"
  case $flavor in
    mariadb)
      server=("$(command -v mariadbd)") || Die "no server found (package mariadb-server-core)"
      version=$("${server[0]}" --version | sed 's/.* Ver \([^ ]*\).*/\1/')
      ;;
    mysql)
      "$fetch" "$mysql"
      version=$(<"$mysql/version")
      # With libraries newer than the system's: the loader that belongs to them.
      local libraries=("$mysql"/usr/lib/*-linux-gnu)
      local loader=("${libraries[0]}"/ld-linux-*.so.*)
      server=("${loader[0]}" --library-path "${libraries[0]}" "$mysql/usr/sbin/mysqld")
      AsServer test -x "${server[0]}" || Die "the server's user cannot reach $mysql"
      ;;
    *) Usage ;;
  esac
}

# Sets flavor, port, home, pid; fails if DIR holds no server.
Read() {
  [[ -f $dir/server ]] || return 1
  { read -r flavor && read -r port && read -r home && read -r pid; } <"$dir/server"
}

Record() {
  printf '%s\n' "$flavor" "$port" "$home" "$pid" >"$dir/server"
}

Prepare() {
  FindServer
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  if [[ -f $dir/server ]]; then Die "$dir holds a server already; stop it first"; fi
  home=$dir/files pid=-
  trap 'if (($? != 0)); then Kill; Remove; fi' EXIT
  if ((EUID == 0 || ${#dir} > 80)); then  # a socket's path has at most 107 bytes
    home=$(mktemp -d /tmp/interlock-mysql.XXXXXX)
  fi
  mkdir -p "$home/tmp"
  chmod 700 "$home/tmp"
  Own "$home" "$home/tmp"
  : >"$dir/server.log"
}

Remove() {
  rm -rf "$dir/files"
  if [[ $home == /tmp/interlock-mysql.* ]]; then rm -rf "$home"; fi
  rm -f "$dir/server"
}

# Initialising a data directory takes seconds, so that it is done once, and copied.
CopyTemplate() {
  local template=${TMPDIR:-/tmp}/interlock-mysql-template-$UID-$flavor-$version
  if [[ ! -d $template ]]; then
    local work
    work=$(mktemp -d "$template.XXXXXX")
    Own "$work"
    if ! Initialise "$work/data" </dev/null >>"$dir/server.log" 2>&1; then
      rm -rf "$work"
      tail -n 20 "$dir/server.log" >&2
      Die "cannot initialise a data directory"
    fi
    # Another start may have been faster.
    mv -T "$work/data" "$template" 2>/dev/null || [[ -d $template ]] || Die "cannot make $template"
    rm -rf "$work"
  fi
  # By a stranger's hand in a directory that all can write to, it could hold anything.
  AsServer test -O "$template" || Die "$template belongs to somebody else"
  AsServer cp -a "$template" "$home/data"
}

Initialise() {
  case $flavor in
    mariadb)
      AsServer mariadb-install-db --no-defaults --datadir="$1" --skip-test-db \
        --auth-root-authentication-method=normal --skip-name-resolve --innodb-flush-method=nosync \
        --innodb-use-native-aio=OFF --innodb-log-file-size=64M
      ;;
    mysql)
      echo "CREATE USER root@'127.0.0.1'; GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;" \
        >"$1.sql"
      Own "$1.sql"
      AsServer "${server[@]}" --no-defaults --datadir="$1" --basedir="$mysql/usr" \
        --initialize-insecure --init-file="$1.sql" --innodb-flush-method=nosync \
        --innodb-use-native-aio=OFF --innodb-redo-log-capacity=64M || return
      rm "$1/auto.cnf"  # the server's UUID, of which each copy needs one of its own
      ;;
  esac
}

# Settings [-c NAME=VALUE]...: one option of the server a line.
Settings() {
  # What the server has written survives its death in the operating system's cache.
  cat <<END
--datadir=$home/data
--socket=$home/socket
--pid-file=$home/pid
--tmpdir=$home/tmp
--secure-file-priv=$home/tmp
--bind-address=127.0.0.1
--report-host=127.0.0.1
--skip-name-resolve
--character-set-server=utf8mb4
--max-connections=200
--table-open-cache=400
--innodb-buffer-pool-size=128M
--innodb-log-buffer-size=8M
--innodb-flush-method=nosync
--innodb-flush-log-at-trx-commit=2
--innodb-use-native-aio=OFF
--innodb-print-all-deadlocks=ON
--log-bin=binlog
--relay-log=relay
--sync-binlog=0
--log-bin-trust-function-creators=ON
END
  case $flavor in
    mariadb) printf '%s\n' --innodb-log-file-size=64M --debug-no-sync --binlog-format=ROW \
      --log-slave-updates=ON ;;
    mysql) printf '%s\n' --innodb-redo-log-capacity=64M --basedir="$mysql/usr" --mysqlx=OFF \
      --gtid-mode=ON --enforce-gtid-consistency=ON ;;
  esac
  while (($#)); do
    [[ $1 == -c && ${2:-} == *=* ]] || Usage
    echo "--$2"
    shift 2
  done
}

# Sql STATEMENTS [OPTION]...
Sql() {
  mariadb --no-defaults --socket="$home/socket" --user=root --password= \
    --batch --skip-column-names "${@:2}" --execute="$1" </dev/null
}

# The server runs, and really works in our data directory.
Running() {
  [[ $(readlink "/proc/$pid/cwd") == "$home/data" ]]
}

# LaunchOn PORT: 2 if that port is taken.
LaunchOn() {
  port=$1
  rm -f "$home"/socket*  # where nobody reaps orphans, a killed server's zombie makes it look in use
  local settings
  mapfile -t settings <"$home/settings"
  ExecAsServer setsid "${server[@]}" --no-defaults --server-id="$port" "${settings[@]}" --port="$port" \
    </dev/null >>"$dir/server.log" 2>&1 &
  pid=$!
  for _ in {1..600}; do
    if Sql 'DO 0' 2>/dev/null; then return 0; fi
    if Gone "$pid"; then break; fi
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
  if tail -n 20 "$dir/server.log" | grep -q 'Bind on TCP/IP port'; then return 2; fi
  tail -n 20 "$dir/server.log" >&2
  return 1
}

Start() {
  local wanted=
  if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    wanted=$1
    shift
  fi
  Prepare
  Settings "$@" >"$home/settings"
  CopyTemplate
  Launch "$wanted"
}

# It replicates from the beginning: its source has every change since the template in its log.
Replica() {
  (($# >= 1)) || Usage
  local source=$1 source_port position follow reached status
  shift
  { read -r flavor && read -r source_port; } <"$source/server" || Die "$source holds no server"
  case $flavor in
    mariadb)
      position=$("$0" sql "$source" 'SELECT @@gtid_binlog_pos')
      follow="CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=$source_port, MASTER_USER='root',
        MASTER_CONNECT_RETRY=1, MASTER_USE_GTID=slave_pos"
      reached="SELECT MASTER_GTID_WAIT('$position', 10)"
      set -- -c read_only=ON "$@"
      ;;
    mysql)
      position=$("$0" sql "$source" "SELECT REPLACE(@@gtid_executed, '\n', '')")
      follow="CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=$source_port,
        SOURCE_USER='root', SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=86400,
        SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1"
      reached="SELECT WAIT_FOR_EXECUTED_GTID_SET('$position', 10)"
      set -- -c super_read_only=ON "$@"
      ;;
  esac
  Start "$@"
  Sql "$follow; START REPLICA"
  for _ in {1..300}; do
    status=$(Sql 'SHOW REPLICA STATUS' --column-names --vertical)
    if (($(grep -cE '_(IO|SQL)_Running: Yes' <<<"$status") == 2)) && [[ $(Sql "$reached") == 0 ]]; then
      return
    fi
    sleep 0.1
  done
  echo "$status" >&2
  Die "the replica did not catch up"
}

Kill() {
  Running || return 0
  kill -9 "$pid" 2>/dev/null || true
  until Gone "$pid"; do sleep 0.01; done
}

# In order, or by force after half a minute.
Shutdown() {
  Running || return 0
  kill "$pid" 2>/dev/null || true
  for _ in {1..600}; do
    if Gone "$pid"; then return; fi
    sleep 0.05
  done
  Kill
}

Stop() {
  Read || return 0
  if [[ ${1:-fast} == immediate ]]; then Kill; else Shutdown; fi
  Remove
}

Restart() {
  FindServer
  Shutdown
  Launch "$port"
}

(($# >= 2)) || Usage
fetch=$(dirname "$0")/fetch_mysql.sh
PATH=$PATH:/usr/sbin  # where mariadbd is
mysql=${INTERLOCK_MYSQL_DIR:-}
if ((EUID == 0)); then
  export TMPDIR=/tmp
  mysql=${mysql:-/var/cache/interlock-mysql}
else
  mysql=${mysql:-$HOME/.cache/interlock-mysql}
fi
[[ $mysql == /* ]] || mysql=$PWD/$mysql
command=$1 dir=$2
shift 2
case $command in
  install | start)
    flavor=$dir
    if [[ $command == start && $# == 0 ]]; then Usage; fi
    dir=${1:-$mysql}
    if (($#)); then shift; fi
    ;;
  replica | stop) ;;
  *) Read || Die "$dir holds no server" ;;
esac
case $command in
  install)
    [[ $flavor == mysql ]] || Usage
    exec "$fetch" "$dir"
    ;;
  start) Start "$@" ;;
  replica) Replica "$@" ;;
  stop) Stop "$@" ;;
  kill) Kill ;;
  restart) Restart ;;
  sql)
    (($# == 1)) || Usage
    Sql "$1"
    ;;
  url) echo "mysql://${2:-root}@127.0.0.1:$port/${1:-}" ;;
  *) Usage ;;
esac
