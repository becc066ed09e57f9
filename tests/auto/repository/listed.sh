#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# listed.sh ROOT: src/files.cmake names every header and source of the library; one that it forgets
# would not be installed, or not be compiled.

set -euo pipefail
cd "$1"
failed=0

while read -r file; do
    if ! grep -qxF "    $file" src/files.cmake; then
        printf 'src/files.cmake does not list %s\n' "$file"
        failed=1
    fi
done < <(
    cd include/SyncMap && find . -type f -printf '%P\n'
    cd ../../src && find . -path ./packaging -prune -o -type f -name '*.cpp' -printf '%P\n'
)
exit $failed
