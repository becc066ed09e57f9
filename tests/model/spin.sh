#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# spin.sh MODEL.pml COMPILER [OPTION]: checks the model in all its states, with both kinds of fences, and
# that each planted error is found.

set -euo pipefail

model=$(realpath "$1")
compiler=("${@:2}") # of C
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failed=0

# check EXPECTED MACRO...: `right`, or `found` for an error.
check() {
    local expected=$1 said=right defines=()
    shift
    defines=("${@/#/-D}")
    spin "${defines[@]}" -a "$model" >spin.log || { cat spin.log; exit 1; }
    "${compiler[@]}" -O2 -w -DSAFETY -DVECTORSZ=1024 -o pan pan.c
    ./pan -m1000000 >pan.log 2>&1
    if grep -q 'assertion violated' pan.log; then
        said=found
    elif ! grep -q 'errors: 0' pan.log || grep -qE 'max search depth too small|out of memory' pan.log; then
        cat pan.log
        said='NOT CHECKED'
    fi
    [ "$said" = "$expected" ] || failed=1
    printf '%-32s %-12s %s states\n' "$*" "$said" \
        "$(sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' pan.log)"
}

for mode in INTERRUPTS SYMMETRIC; do
    check right $mode
    for plant in NO_HEAVY_FENCE NO_GRACE_PERIOD LEAVE_EARLY SCAN_EARLY TWO_LOOKS UNLINK_LATE; do
        check found $mode $plant
    done
done
check found SYMMETRIC NO_LIGHT_FENCE
exit $failed
