#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# layering.sh ROOT: no include leads from a layer to one above it.

set -euo pipefail
cd "$1"
failed=0

# forbid PATTERN WHY FOLDER...: no include in the folders matches the pattern.
forbid() {
    local pattern=$1 why=$2 hits
    shift 2
    hits=$(grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$pattern" "$@" 2>/dev/null || true)
    if [ -n "$hits" ]; then
        printf '%s:\n%s\n' "$why" "$hits"
        failed=1
    fi
}

below=''
for layer in qml object cache map reclamation; do
    folders=(include/SyncMap/$layer src/$layer)
    if [ -n "$below" ]; then
        forbid "(.*/)?($below)/" "$layer includes a layer above it" "${folders[@]}"
    fi
    forbid 'SyncMap/[A-Z]' "$layer includes a forwarding header, which is for users" "${folders[@]}"
    below+="${below:+|}$layer"
done
low=(include/SyncMap/{reclamation,map} src/{reclamation,map})
forbid 'Qt(Concurrent|Gui|Network|Qml|Quick|Widgets)/' 'the map needs nothing but QtCore' "${low[@]}"
forbid 'Qt(Gui|Qml|Quick|Widgets)/' 'only qml/ knows Qml' include src

for folder in include/SyncMap/*/; do
    case $(basename "$folder") in
    reclamation | map | cache | object) ;;
    *)
        printf '%s is no layer\n' "$folder"
        failed=1
        ;;
    esac
done
exit $failed
