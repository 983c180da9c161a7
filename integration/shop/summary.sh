#!/usr/bin/env bash
# summary.sh: what all instances of SHOP_RUN_DIR, running and stopped, have counted.
set -euo pipefail
: "${SHOP_RUN_DIR:?}"

shopt -s nullglob
files=("$SHOP_RUN_DIR"/stats/*.json)
awk -F '[:,]' '
  /^  "requests"/ { requests += $2; ++starts }
  /^  "failed"/ { failed += $2 }
  /^  "wrong_answers"/ { wrong += $2 }
  /^  "reprepared"/ { reprepared += $2 }
  /^  "longest_wait_ms"/ { if ($2 > longest) longest = $2 }
  END {
    printf "starts: %d\nrequests: %d\nfailed: %d\nwrong answers: %d\nreprepared: %d\n",
           starts, requests, failed, wrong, reprepared
    printf "longest wait ms: %.1f\n", longest
  }' "${files[@]}" </dev/null
