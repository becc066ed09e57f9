#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# starts.sh TEXT COMMAND...: succeeds as soon as the program has printed TEXT, and ends it then. It
# fails if the program ends before, or takes longer than two minutes.

set -euo pipefail

text=$1
shift
unset LD_LIBRARY_PATH QML_IMPORT_PATH QML2_IMPORT_PATH
log=$(mktemp)
trap 'rm -f "$log"' EXIT

QT_QPA_PLATFORM=offscreen QT_FORCE_STDERR_LOGGING=1 timeout 120 "$@" >"$log" 2>&1 &
program=$!
while ! grep -qF -- "$text" "$log"; do
    if ! kill -0 "$program" 2>/dev/null; then
        # It may have said it with its last words.
        grep -qF -- "$text" "$log" && break
        printf '%s did not say "%s", but:\n' "$1" "$text"
        cat "$log"
        exit 1
    fi
    sleep 0.02
done
kill "$program" 2>/dev/null || true
wait "$program" 2>/dev/null || true
printf '%s says "%s"\n' "$1" "$text"
