# What the scripts of throwaway servers share; sourced by pg_cluster.sh and mysql_server.sh, which set
# dir and define LaunchOn (2 where the port is taken) and Record.
# shellcheck shell=bash disable=SC2154

Die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# Prints the script's own head.
Usage() {
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 64
}

# In a subshell before exec: from a directory that the server's user can enter, holding none of the
# caller's pipes open, since a server that inherits one keeps its reader waiting for ever.
LeaveCaller() {
  cd /
  for fd in /proc/"$BASHPID"/fd/*; do
    fd=${fd##*/}
    if ((fd > 2 && fd != 255)); then eval "exec $fd>&-"; fi
  done
}

FreePort() {
  local candidate
  while :; do
    candidate=$((20000 + RANDOM % 10000))  # below the ports that the kernel gives to clients
    if ! (: <"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then break; fi
  done
  echo "$candidate"
}

# Gone PID: it has ended, even if nobody has reaped it.
Gone() {
  [[ ! -e /proc/$1 ]] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

# Launch [PORT]: there, or on a free one.
Launch() {
  local status
  for _ in {1..20}; do
    status=0
    LaunchOn "${1:-$(FreePort)}" || status=$?
    if ((status == 0)); then
      Record
      return
    fi
    if ((status == 1)) || [[ -n ${1:-} ]]; then break; fi
  done
  echo "${0##*/}: the server did not start, see $dir/server.log" >&2
  return 1
}
