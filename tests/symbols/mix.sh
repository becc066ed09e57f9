#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# mix.sh HEADER LIBRARY QTCORE COMPILER...: a program that is compiled with the headers of the next minor
# version does not link to LIBRARY, for that has another binary interface; with its own headers, which
# HEADER tells the version of, it does. And what LIBRARY exports bears the version.

set -euo pipefail

header=$1
library=$2
core=$3
shift 3

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
major=$(sed -n 's/^#define SYNCMAP_VERSION_MAJOR //p' "$header")
minor=$(sed -n 's/^#define SYNCMAP_VERSION_MINOR //p' "$header")
abi=$(sed -n 's/^#define SYNCMAP_ABI //p' "$header")
next=${abi%_*}_$((minor + 1))
mkdir "$folder/SyncMap"
sed "s/^#define SYNCMAP_VERSION_MINOR .*/#define SYNCMAP_VERSION_MINOR $((minor + 1))/
    s/^#define SYNCMAP_ABI .*/#define SYNCMAP_ABI $next/" "$header" >"$folder/SyncMap/syncmapversion.h"

cat >"$folder/main.cpp" <<'END'
#include <SyncMap/SyncMap>

int main()
{
    SyncMap<int, int> map;
    map.insert(1, 1);
    return map.value(1) - 1;
}
END

"$@" "$folder/main.cpp" "$library" "$core" -o "$folder/own"
LD_LIBRARY_PATH=$(dirname "$library") "$folder/own"
if said=$("$1" -I"$folder" "${@:2}" "$folder/main.cpp" "$library" "$core" -o "$folder/mixed" 2>&1); then
    printf 'What is compiled as %s links to a library of %s\n' "$next" "$abi"
    exit 1
fi
if ! grep -q "undefined.*SyncMapInternal::$next::" <<<"$said"; then
    printf 'It should lack what is in SyncMapInternal::%s, and says:\n%s\n' "$next" "$said"
    exit 1
fi

exported=$(nm --dynamic "$library")
if ! grep -q "syncMapVersion.*@@SyncMap_$major\.$minor$" <<<"$exported"; then
    printf '%s exports functions without a version\n' "$library"
    exit 1
fi
