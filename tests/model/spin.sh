#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# spin.sh MODEL.pml COMPILER [OPTION]: checks the model in all its states, once for each of its lines
# `// Checked: right MACRO...`, or `found` where the macros plant an error that has to be found.

set -euo pipefail

model=$(realpath "$1")
compiler=("${@:2}") # of C
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failed=0
checked=0

# check EXPECTED MACRO...: `right`, or `found` for an error.
check() {
    local expected=$1 said=right defines=()
    shift
    checked=$((checked + 1))
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

while read -r expected macros; do
    # shellcheck disable=SC2086 # a list of words
    check "$expected" $macros
done < <(sed -n 's,^// Checked: ,,p' "$model")
[ "$checked" -gt 0 ] || { printf '%s does not say what is to be checked\n' "$model"; exit 1; }
exit $failed
