#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# autoload.sh GDB CMAKE BUILD LIBRARY FOLDER: installs the printers, and looks whether gdb finds them
# by the library alone, and by `source`.

set -euo pipefail
gdb=$1 cmake=$2 build=$3 library=$4 folder=$5

rm -rf "$folder"
"$cmake" --install "$build" --component gdb --prefix "$folder/a prefix" >/dev/null
script=$(find "$folder/a prefix/share/gdb/auto-load" -name '*-gdb.py')
installed=${script#"$folder/a prefix/share/gdb/auto-load"}
installed=${installed%-gdb.py}
mkdir -p "${installed%/*}"
cp "$library" "$installed"

# gdb's own folder of scripts, and where it trusts them, are below /usr.
shown=$("$gdb" -nx -batch \
    -iex "set auto-load scripts-directory $folder/a prefix/share/gdb/auto-load" \
    -iex "set auto-load safe-path $folder/a prefix/share/gdb/auto-load" \
    -ex 'info pretty-printer global SyncMap' "$installed" 2>&1)
for type in SyncMap SyncCache SyncMap::Guard SyncCacheError; do
    grep -qxE " +$type" <<<"$shown" || {
        printf '%s\n' "$shown"
        printf 'No printer of %s was found by %s\n' "$type" "$script"
        exit 1
    }
done
"$gdb" -nx -batch -ex "source $folder/a prefix/share/syncmap/gdb/syncmapprinters.py" \
    -ex 'info pretty-printer global SyncMap' 2>&1 | grep -qx ' *SyncMap::Guard'
