#!/usr/bin/env bash
# Installs what is missing, builds, and runs all tests: pure ones, the simulation, those against a
# real PostgreSQL (a throwaway cluster on loopback), and the fast ones once more under sanitizers.
#
#   ./test.sh            everything
#   ./test.sh --fast     pure tests and simulation only
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=cmake/install-packages.sh
. cmake/install-packages.sh

fast=no
case "${1:-}" in
  --fast) fast=yes ;;
  "") ;;
  *) echo "usage: ./test.sh [--fast]" >&2; exit 64 ;;
esac

need_packages build test
jobs=$(nproc)
started=$(date +%s)
stage() { printf '== %s (after %d s)\n' "$1" $(($(date +%s) - started)); }

stage "build"
cmake -S . -B build/debug -G Ninja -DCMAKE_BUILD_TYPE=Debug -DINTERLOCK_PCH=ON \
  -DINTERLOCK_TESTS=ON -DINTERLOCK_INTEGRATION=ON >build-main.log 2>&1 ||
  { cat build-main.log; rm -f build-main.log; exit 1; }
rm -f build-main.log
ninja -C build/debug -j "$jobs" --quiet

stage "tests"
if [ "$fast" = yes ]; then
  ctest --test-dir build/debug --output-on-failure -LE server
  exit
fi
# A tenth of the simulation here, all of it with INTERLOCK_SIMULATION_SHARE=100.
INTERLOCK_SIMULATION_SHARE=${INTERLOCK_SIMULATION_SHARE:-10} \
  ctest --test-dir build/debug --output-on-failure

stage "fast tests under AddressSanitizer and UndefinedBehaviorSanitizer"
cmake -S . -B build/asan -G Ninja -DCMAKE_BUILD_TYPE=None -DINTERLOCK_SANITIZE=ON -DINTERLOCK_PCH=ON \
  -DINTERLOCK_INTEGRATION=OFF >build-asan.log 2>&1 || { cat build-asan.log; rm -f build-asan.log; exit 1; }
rm -f build-asan.log
# Rooms whose tests are pure; the rest is built once, above, for time's sake.
sanitized="base model"
for room in $sanitized; do echo "test_$room"; done | xargs ninja -C build/asan -j "$jobs" --quiet
ctest --test-dir build/asan --output-on-failure -j "$jobs" -R "^(${sanitized// /|})\$"
stage "done"
