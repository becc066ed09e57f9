#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# spdx.sh ROOT: every source, script and CMake file names its licence at the top.

set -euo pipefail
cd "$1"
failed=0

while read -r file; do
    # A script has its interpreter first; a forwarding header has one line.
    if ! head -n 2 "$file" | grep -qE '^(//|#) SPDX-License-Identifier: MIT$'; then
        printf '%s does not begin with SPDX-License-Identifier: MIT\n' "$file"
        failed=1
    fi
done < <(
    find CMakeLists.txt include src qml examples tests .ci -type f ! -name '*.md' ! -name '*.json' \
        ! -name '*.in' ! -name '*.qdoc' ! -name '*.supp' ! -name qmldir ! -name '*.png' ! -name '*.svg' \
        ! -path '*/SyncMap/Sync*' ! -path 'tests/fuzz/corpus/*'
)
exit $failed
