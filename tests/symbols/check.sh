#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# check.sh [--write] LIBRARY...: compares what the shared libraries export with the lists beside this
# script. What is missing would not start any more; what is new is here to stay. With --write it makes
# the lists.

set -euo pipefail
export LC_ALL=C

here=$(dirname "${BASH_SOURCE[0]}")
writes=false
if [ "${1:-}" = --write ]; then
    writes=true
    shift
fi
[ $# -gt 0 ] || {
    printf 'Usage: check.sh [--write] LIBRARY...\n' >&2
    exit 1
}

failed=0
for library in "$@"; do
    name=$(basename "$library" .so)
    list=$here/$name.txt
    symbols=$("$here/list" "$library")
    [ -n "$symbols" ] || {
        printf '%s exports nothing\n' "$library"
        exit 1
    }
    if $writes; then
        printf '%s\n' '# SPDX-License-Identifier: MIT' '#' \
            "# What $name exports. Made by check.sh --write, see tests/README.md." "$symbols" >"$list"
    fi
    if [ ! -f "$list" ]; then
        printf 'There is no list %s\n' "$list"
        exit 1
    fi
    difference=$(diff <(sed '/^#/d' "$list") - <<<"$symbols" | sed -n 's/^</-/p; s/^>/+/p') || true
    printf '%s: %d symbols\n' "$name" "$(wc -l <<<"$symbols")"
    if [ -n "$difference" ]; then
        printf '%s\n' "$difference"
        failed=1
    fi
done

if [ $failed -ne 0 ]; then
    printf '%s\n' '' \
        'What begins with - is not exported any more: programs that were linked to it do not start.' \
        'What begins with + is new. If either is meant: `cmake --build --preset release --target' \
        'symbols-write`, and a line in the changelog.'
    exit 1
fi
