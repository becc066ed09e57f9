#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# promises.sh ROOT: each row of src/promises.md names tests, these are there, and so are the functions
# that it names beside them. A promise whose test was renamed or lost would be one that nobody keeps.

set -euo pipefail
cd "$1"
page=src/promises.md
failed=0

complain() {
    printf '%s: %s\n' "$page" "$1"
    failed=1
}

rows=0
while IFS= read -r row; do
    promise=${row#| }
    promise=${promise%%|*}
    tests=${row%|}
    tests=${tests##*|}
    rows=$((rows + 1))
    # A link, or a function of the test that was linked last.
    test=''
    linked=0
    while IFS= read -r word; do
        case $word in
        \[*)
            test=${word##*\(}
            test=src/${test%)}
            linked=1
            [ -e "$test" ] || complain "there is no ${test#src/}: $promise"
            ;;
        *)
            word=${word//\`/}
            if [ -f "$test" ] && ! grep -qE "\\b${word%%:*}\\b" "$test"; then
                complain "$test has no $word: $promise"
            fi
            ;;
        esac
    done < <(grep -oE '\[[^]]*\]\([^)]*\)|`[A-Za-z_:]+`' <<<"$tests" || true)
    [ $linked -eq 1 ] || complain "no test is named: $promise"
done < <(grep -E '^\| ' "$page" | grep -vE '^\| (promise|---)')
[ $rows -gt 0 ] || complain 'no promises'
exit $failed
