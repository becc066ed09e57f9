#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# options.sh ROOT: src/packaging/README.md has a table of the options of CMake; each option has its
# row there, with its default, and each row its option.

set -euo pipefail
cd "$1"
page=src/packaging/README.md
failed=0

# "NAME DEFAULT" of each option; what is another variable's value has none that could be compared.
options=$(
    find CMakeLists.txt src qml examples \( -name CMakeLists.txt -o -name '*.cmake' \) -exec sed -nE \
        -e 's/^ *option\(([A-Z_]+) ".*" (\S+)\).*/\1 \2/p' \
        -e 's/^ *set\(([A-Z_]+) (\S+) CACHE .*/\1 \2/p' {} + |
        grep -E '^(SYNCMAP_|BUILD_SHARED_LIBS|CMAKE_)' | sort -u
)
# shellcheck disable=SC2016 # the backticks are Markdown's
rows=$(sed -nE 's/^\| `([A-Z_]+)` \| ([^|]*) \|.*/\1 \2/p' "$page" | tr -d '`')

while read -r name default; do
    row=$(grep -E "^$name " <<<"$rows" || true)
    if [ -z "$row" ]; then
        printf '%s has no row for the option %s\n' "$page" "$name"
        failed=1
    elif [[ $default != *'$'* && $row != "$name ${default//\"\"/empty}" ]]; then
        printf '%s says "%s" where the default of %s is %s\n' "$page" "$row" "$name" "$default"
        failed=1
    fi
done <<<"$options"
while read -r name _; do
    if ! grep -qE "^$name " <<<"$options"; then
        printf '%s has a row for %s, which is no option\n' "$page" "$name"
        failed=1
    fi
done <<<"$rows"
exit $failed
