#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pages.sh ROOT PYTHON: what looks after the pages accepts them as they are, and refuses each of the
# mistakes planted here, with the reason. Without qdoc: in the target `docs` it has the last word.

set -euo pipefail
root=$(cd "$1" && pwd)
python=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

fresh_tree() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/tests" "$tree/src"
    cp -r "$root/include" "$root/qml" "$tree"
    cp -r "$root/src/doc" "$tree/src"
    cp -r "$root/tests/snippets" "$tree/tests"
    cd "$tree"
}

run() {
    case $1 in
    generate) "$python" -B "$tree/src/doc/tools/generate.py" "$tree" "$tree/generated" ;;
    *) "$python" -B "$tree/src/doc/tools/$1.py" "${2:-$tree}" ;;
    esac
}

# expect TOOL TEXT [FOLDER]: the tool fails and says so.
expect() {
    local said
    if said=$(run "$1" "${3:-}" 2>&1); then
        printf '%s did not notice: %s\n' "$1" "$2"
        failed=1
    elif ! grep -qF "$2" <<<"$said"; then
        printf '%s should say "%s", and said:\n%s\n' "$1" "$2" "$said"
        failed=1
    fi
}

fresh_tree
run generate
run snippets

map=include/SyncMap/map/syncmap.h
sed -i '/True if \\a key is in the map/d' "$map"
expect generate 'SyncMap::contains() has no comment'
sed -i 's|^public:|public:\n    void forgotten();\n|' "$map"
expect generate 'SyncMap::forgotten() has no comment'

fresh_tree
sed -i 's| //!< the loader failed||' include/SyncMap/cache/synccacheerror.h
expect generate 'SyncCacheError::Code::LoadFailed has no comment'
printf 'class Forgotten\n{\n};\nvoid forget();\n' >>include/SyncMap/cache/synccache.h
expect generate 'Forgotten has no comment'
expect generate 'forget() has no comment'
printf 'namespace Inner {\nclass Hidden\n{\n};\n}\n' >include/SyncMap/map/syncmap.h
if run generate 2>&1 | grep -F Hidden; then
    printf 'what is in a namespace is not public\n'
    failed=1
fi

fresh_tree
sed -i 's|/\*! How far the load is, which.*||' qml/cacherequest.h
expect generate 'CacheRequest::setProgress() of QML has no comment'
sed -i 's/\\qmltype CacheModel/\\qmltype Forgotten/' src/doc/pages/reference.qdoc
expect generate 'there is no \qmltype CacheModel'

fresh_tree
printf '/*!\n    \\snippet start.cpp forgotten\n*/\n' >src/doc/pages/planted.qdoc
expect snippets 'there is no snippet forgotten in tests/snippets/start.cpp'
printf '/*!\n    \\code\n    map.insert(1, 2);\n    \\endcode\n*/\n' >src/doc/pages/planted.qdoc
expect snippets 'code that nobody compiles: map.insert(1, 2);'
rm src/doc/pages/planted.qdoc
printf '//! [lonely]\n//! [lonely]\n//! [open]\n' >>tests/snippets/start.cpp
expect snippets 'no page shows [lonely]'
expect snippets '[open] has no beginning and end'

mkdir -p html
printf '<a href="other.html#here">x</a>' >html/index.html
printf '<a href="index.html">x</a><p id="here">x</p>' >html/other.html
run links html
printf '<a href="index.html">x</a><p id="there">x</p>' >html/other.html
expect links 'index.html:1: other.html has no place here' html
printf '<a href="gone.html">x</a>' >html/other.html
expect links 'other.html:1: gone.html is not there' html
printf '<img src="images/gone.png">' >html/index.html
expect links 'other.html: no page leads there' html
expect links 'images/gone.png is not there' html

exit "$failed"
