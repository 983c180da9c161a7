#!/bin/sh
# The applications of the fault runs: a file an instance in $FAULT_INSTANCES, its version in it.
#   driver.sh list | start INSTANCE VERSION | stop INSTANCE | healthy INSTANCE VERSION
set -eu
cd "$FAULT_INSTANCES"
# Whole or not at all, whenever the runner is killed.
put() { printf '%s\n' "$2" >".$1.$$" && mv ".$1.$$" "$1"; }
case $1 in
  list)
    none=-
    for instance in *; do
      if read -r version <"$instance"; then echo "$instance $version" && none=; fi
    done 2>/dev/null
    if [ -n "$none" ]; then echo "$none"; fi
    ;;
  start) put "$2" "$3" ;;
  stop) rm -f "$2" ;;
  healthy) read -r version <"$2" && [ "$version" = "$3" ] ;;
esac
