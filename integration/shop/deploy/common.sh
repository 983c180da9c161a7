# What the driver commands share: which instances run.  Sourced, not run.
#
# Environment: SHOP_RUN_DIR (state), SHOP_DATABASE_URL, SHOP_BIN (the shop program); optional:
# SHOP_GATE (a command line, {version} and {instance} replaced, no quoting, asked before each
# start), SHOP_THREADS, SHOP_THINK_MS, SHOP_START_TIMEOUT and SHOP_STOP_TIMEOUT (seconds).
# shellcheck shell=bash disable=SC2034

: "${SHOP_RUN_DIR:?must name the directory of pid and stats files}"
mkdir -p "$SHOP_RUN_DIR/stats"
SHOP_RUN_DIR=$(cd "$SHOP_RUN_DIR" && pwd)

Die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

CheckName() {
  if [[ ! $1 =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]]; then Die "'$1' cannot name an instance or version"; fi
}

# One start or stop of an instance at a time.
Lock() {
  exec 9>"$SHOP_RUN_DIR/$1.lock"
  flock -w 60 9 || Die "another start or stop of $1 is under way"
}

# When PID started, in the kernel's ticks; fails if it has ended, even if nobody has reaped it.
StartTicks() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  local fields
  read -ra fields <<<"${stat##*) }"  # the program's name, before it, may hold spaces
  if [[ ${fields[0]} == [ZX] ]]; then return 1; fi
  echo "${fields[19]}"
}

# Sets pid, ticks, version, stats of a running INSTANCE; fails if it does not run.
ReadRunning() {
  local now
  { read -r pid ticks version stats <"$SHOP_RUN_DIR/$1.pid"; } 2>/dev/null || return 1
  now=$(StartTicks "$pid") || return 1
  [[ $now == "$ticks" ]]
}

# Stop INSTANCE, which ReadRunning has found: drains, and ends it with SIGKILL if that takes too long.
Stop() {
  local deadline=$((SECONDS + ${SHOP_STOP_TIMEOUT:-20}))
  kill -TERM "$pid" 2>/dev/null || true
  while ReadRunning "$1"; do
    if ((SECONDS >= deadline)); then
      echo "$1 $version did not drain in ${SHOP_STOP_TIMEOUT:-20} s: killed" >&2
      kill -KILL "$pid" 2>/dev/null || true
    fi
    sleep 0.05
  done
  rm -f "$SHOP_RUN_DIR/$1.pid"
}

# Member FILE NAME: a member of a stats file, which has one a line.
Member() {
  sed -n "s/^  \"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$1"
}
