#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# manifests.sh ROOT: the port of vcpkg and Conan's recipe are as their tools want them, as far as that
# can be told without these tools, and of the same version as CMakeLists.txt.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$1"
python3 -B "$here/manifests.py" .

# The port runs through, with stand-ins for what vcpkg offers; a command that is no such is an error.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
asked=$(cmake -D FOLDER="$folder" -D PORT_DIR="$PWD/src/packaging/vcpkg" -P "$here/manifests.cmake" 2>&1) || {
    printf 'the port of vcpkg does not run through:\n%s\n' "$asked"
    exit 1
}
failed=0
while read -r option; do
    if ! grep -qE "^ *(option|set)\($option " CMakeLists.txt src/packaging/installdirs.cmake; then
        printf 'portfile.cmake sets %s, which is no option\n' "$option"
        failed=1
    fi
done < <(grep -oE '(SYNCMAP|BUILD)_[A-Z_]+' <<<"$asked" | sort -u)
if ! grep -q SYNCMAP_BUILD_QML <<<"$asked"; then
    printf 'portfile.cmake hands on no feature, but said:\n%s\n' "$asked"
    failed=1
fi
exit $failed
