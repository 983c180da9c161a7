#!/usr/bin/env bash
# Installs what is missing, builds, and runs all tests: pure ones, the simulation, those against a
# real PostgreSQL, MariaDB and MySQL (throwaway ones on loopback), and the pure ones once more under sanitizers.
#
#   ./test.sh            everything
#   ./test.sh --fast     pure tests and simulation only
#   ./test.sh --fuzz [SECONDS]   only the fuzz targets, with libFuzzer; a minute each
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=cmake/install-packages.sh
. cmake/install-packages.sh

fast=no
fuzz=no
case "${1:-}" in
  --fast) fast=yes ;;
  --fuzz) fuzz=${2:-60} ;;
  "") ;;
  *) echo "usage: ./test.sh [--fast | --fuzz [SECONDS]]" >&2; exit 64 ;;
esac

need_packages build test
jobs=$(nproc)
started=$(date +%s)
stage() { printf '== %s (after %d s)\n' "$1" $(($(date +%s) - started)); }

# configure FOLDER OPTION...
configure() {
  local folder=$1; shift
  cmake -S . -B "build/$folder" -G Ninja -DINTERLOCK_PCH=ON -DINTERLOCK_UNITY=ON \
    -DINTERLOCK_TESTS=ON "$@" \
    >"build-$folder.log" 2>&1 || { cat "build-$folder.log"; rm -f "build-$folder.log"; exit 1; }
  rm -f "build-$folder.log"
}

if [ "$fuzz" != no ]; then
  need_packages fuzz
  stage "fuzz targets, $fuzz seconds each from their kept corpus"
  configure fuzz -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER=clang++ -DINTERLOCK_FUZZ=ON \
    -DINTERLOCK_TESTS=OFF -DINTERLOCK_INTEGRATION=OFF
  ninja -C build/fuzz -j "$jobs" --quiet fuzz
  tests/fuzz/run.py --seconds "$fuzz" --jobs "$jobs"
  exit
fi

stage "build"
configure release -DCMAKE_BUILD_TYPE=Release -DINTERLOCK_INTEGRATION=ON
ninja -C build/release -j "$jobs" --quiet

if [ "$fast" = yes ]; then
  stage "tests"
  ctest --test-dir build/release --output-on-failure -LE server
  exit
fi

# The sanitized builds use what the tests leave of the processors: these mostly wait for servers.
sanitized="base model config planning ledger interlocking rollout engine engine_mysql engine_postgres"
sanitized_builds() {
  configure asan -DCMAKE_BUILD_TYPE=None -DINTERLOCK_SANITIZE=ON -DINTERLOCK_INTEGRATION=OFF
  # shellcheck disable=SC2046,SC2086
  ninja -C build/asan -j "$jobs" --quiet $(printf 'test_%s ' $sanitized) fuzz
  configure tsan -DCMAKE_BUILD_TYPE=None -DINTERLOCK_TSAN=ON -DINTERLOCK_INTEGRATION=OFF
  ninja -C build/tsan -j "$jobs" --quiet test_engine
}
export -f sanitized_builds configure
export jobs sanitized

stage "tests, and the sanitized builds beside them"
nice -n 19 setsid bash -euc sanitized_builds >build/sanitized.log 2>&1 &
builds=$!
trap 'kill -- "-$builds" 2>/dev/null || true' EXIT
ctest --test-dir build/release --output-on-failure -j "$jobs"

stage "pure tests and fuzz targets under AddressSanitizer and UndefinedBehaviorSanitizer"
wait "$builds" || { cat build/sanitized.log; exit 1; }
trap - EXIT
ctest --test-dir build/asan --output-on-failure -j "$jobs" -R "^(${sanitized// /|}|fuzz_.*)\$"

stage "what has threads under ThreadSanitizer"
ctest --test-dir build/tsan --output-on-failure -R '^engine$'
stage "done"
