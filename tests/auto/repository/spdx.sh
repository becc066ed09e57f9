#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# spdx.sh ROOT: every source, script and CMake file names its licence at the top.

set -euo pipefail
cd "$1"

# A script has its interpreter first; a forwarding header has one line.
missing=$(
    find CMakeLists.txt include src qml examples tests .ci -type f ! -name '*.md' ! -name '*.json' \
        ! -name '*.in' ! -name '*.qdoc' ! -name '*.ts' ! -name '*.supp' ! -name qmldir ! -name usage ! -name '*.png' ! -name '*.svg' \
        ! -path '*/__pycache__/*' ! -path '*/SyncMap/Sync*' ! -path 'tests/fuzz/corpus/*' \
        -exec awk '
            FNR == 1 { named = 0 }
            FNR <= 2 && /^(\/\/|#|\/\*) SPDX-License-Identifier: MIT( \*\/)?$/ { named = 1 }
            FNR == 1 && !named { first[FILENAME] }
            FNR == 2 && named { delete first[FILENAME] }
            END { for (file in first) print file }' {} +
)
if [ -n "$missing" ]; then
    sed 's/$/ does not begin with SPDX-License-Identifier: MIT/' <<<"$missing"
    exit 1
fi
