#!/usr/bin/env bash
# Throwaway PostgreSQL clusters for tests: start, kill, restart, replicate, promote, stop.
#
#   pg_cluster.sh start DIR [PORT] [-c NAME=VALUE]...
#   pg_cluster.sh replica DIR FROM_DIR [-c NAME=VALUE]...
#   pg_cluster.sh stop DIR [fast|immediate]      ends it and removes its data
#   pg_cluster.sh kill DIR                       SIGKILL to the whole server; the data stays
#   pg_cluster.sh restart DIR                    also after kill, or after a crash
#   pg_cluster.sh promote DIR
#   pg_cluster.sh url DIR [DBNAME [USER]]
#
# It listens on 127.0.0.1 and on a socket, trusts everybody, logs to DIR/server.log and does not
# fsync (-c fsync=on to override).  Root runs it as user postgres, whose files lie under /tmp since
# that user may be unable to reach DIR; DIR/cluster says where.
set -euo pipefail

# shellcheck source=throwaway_server.sh
. "$(dirname "$0")/throwaway_server.sh"

FindBin() {
  local newest
  newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null |
    sort -V | tail -n 1)
  if [[ -z $newest ]]; then newest=$(pg_config --bindir) || Die "no PostgreSQL server found"; fi
  echo "$newest"
}

# As the server's user.
AsServer() (
  LeaveCaller
  if ((EUID == 0)); then exec runuser -u postgres -- "$@"; else exec "$@"; fi
)

# Sets data, socket, port, temporary; fails if DIR holds no cluster.
Read() {
  [[ -f $dir/cluster ]] || return 1
  { read -r data && read -r socket && read -r port && read -r temporary; } <"$dir/cluster"
}

Record() {
  printf '%s\n' "$data" "$socket" "$port" "$temporary" >"$dir/cluster"
}

Prepare() {
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  if [[ -f $dir/cluster ]]; then Die "$dir holds a cluster already; stop it first"; fi
  data=$dir/data socket=$dir temporary=-
  if ((EUID == 0 || ${#dir} > 80)); then  # a socket's path has at most 107 bytes
    temporary=$(mktemp -d /tmp/interlock-pg.XXXXXX)
    socket=$temporary
  fi
  if ((EUID == 0)); then
    data=$temporary/data
    chown postgres "$temporary"
  fi
  : >"$dir/server.log"
  trap 'if (($? != 0)); then Remove; fi' EXIT
}

Remove() {
  if [[ -f $data/postmaster.pid ]] && ! Postmaster >/dev/null; then
    # What a killed server leaves behind outside its directory: one small System V segment.
    local segment
    segment=$(sed -n '7{s/.* //p}' "$data/postmaster.pid")
    if [[ -n $segment ]]; then ipcrm -m "$segment" 2>/dev/null || true; fi
  fi
  rm -rf "$data"
  if [[ $temporary == /tmp/interlock-pg.* ]]; then rm -rf "$temporary"; fi
  rm -f "$dir/cluster"
}

# The postmaster's pid, if it is alive and really works in our data directory.
Postmaster() {
  local pid
  { read -r pid <"$data/postmaster.pid"; } 2>/dev/null || return 1
  if [[ $(readlink "/proc/$pid/cwd") == "$data" ]]; then echo "$pid"; else return 1; fi
}

# LaunchOn PORT: 2 if that port is taken.
LaunchOn() {
  port=$1
  AsServer "$bin/pg_ctl" -D "$data" -w -t 60 -o "-p $port" start \
    </dev/null >>"$dir/server.log" 2>&1 && return 0
  if tail -n 20 "$dir/server.log" | grep -q 'could not create any TCP/IP sockets'; then return 2; fi
  tail -n 20 "$dir/server.log" >&2
  return 1
}

# Settings [-c NAME=VALUE]...
Settings() {
  cat <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$socket'
cluster_name = '$(basename "$dir")'
dynamic_shared_memory_type = mmap
max_connections = 200
wal_keep_size = '512MB'
fsync = off
full_page_writes = off
logging_collector = off
log_destination = stderr
log_min_messages = warning
log_statement = ddl
log_lock_waits = on
log_line_prefix = '%m [%p] %q%a %x '
END
  while (($#)); do
    [[ $1 == -c && ${2:-} == *=* ]] || Usage
    echo "${2%%=*} = '${2#*=}'"
    shift 2
  done
}

Start() {
  local wanted=
  if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    wanted=$1
    shift
  fi
  Prepare
  AsServer "$bin/initdb" -D "$data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --no-sync </dev/null >>"$dir/server.log" 2>&1
  Settings "$@" >>"$data/postgresql.conf"
  Launch "$wanted"
}

Replica() {
  (($# >= 1)) || Usage
  local primary
  primary=$("$0" url "$1")
  shift
  Prepare
  AsServer "$bin/pg_basebackup" -D "$data" -d "$primary" -R -X stream -c fast --no-sync \
    </dev/null >>"$dir/server.log" 2>&1
  Settings "$@" >>"$data/postgresql.conf"
  Launch
}

Stop() {
  Read || return 0
  local pid
  if pid=$(Postmaster); then
    if ! AsServer "$bin/pg_ctl" -D "$data" -m "${1:-fast}" -w -t 30 stop \
      </dev/null >>"$dir/server.log" 2>&1; then
      Kill
    fi
  fi
  Remove
}

Kill() {
  local pid children
  pid=$(Postmaster) || return 0
  # Stopped and killed first, it can neither fork another child nor answer a child's death.
  kill -STOP "$pid"
  children=$(pgrep -P "$pid" || true)
  # shellcheck disable=SC2086
  kill -9 "$pid" $children 2>/dev/null || true
  for child in $pid $children; do
    until Gone "$child"; do sleep 0.01; done
  done
}

Restart() {
  if Postmaster >/dev/null; then
    AsServer "$bin/pg_ctl" -D "$data" -m fast -w -t 60 stop </dev/null >>"$dir/server.log" 2>&1
  fi
  # Where nobody reaps orphans, a killed postmaster's zombie makes its lock files look valid.
  rm -f "$data/postmaster.pid" "$socket"/.s.PGSQL.*
  Launch "$port"
}

(($# >= 2)) || Usage
command=$1 dir=$2
shift 2
bin=$(FindBin)
if [[ $command != start && $command != replica && $command != stop ]]; then
  Read || Die "$dir holds no cluster"
fi
case $command in
  start) Start "$@" ;;
  replica) Replica "$@" ;;
  stop) Stop "$@" ;;
  kill) Kill ;;
  restart) Restart ;;
  promote) AsServer "$bin/pg_ctl" -D "$data" -w -t 60 promote </dev/null >>"$dir/server.log" 2>&1 ;;
  url) echo "postgresql://${2:-postgres}@127.0.0.1:$port/${1:-postgres}" ;;
  *) Usage ;;
esac
