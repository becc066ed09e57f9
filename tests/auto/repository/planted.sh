#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# planted.sh: each check of this folder accepts a small clean tree and refuses it, with the reason,
# once its mistake is planted there. A check that can no longer fail would go unnoticed otherwise.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

clean_tree() {
    rm -rf "${tree:?}"/* "$tree"/.ci
    mkdir -p "$tree"/{include/SyncMap/{map,cache,private/{reclamation,map,cache/{policy,loading,expiry,removal}}},src/{reclamation,map,packaging},qml,examples,tests,.ci}
    cd "$tree"
    printf '# SPDX-License-Identifier: MIT\n' | tee CMakeLists.txt >tests/CMakeLists.txt
    printf '%s\n' 'option(SYNCMAP_FAST "Be fast" OFF)' 'set(SYNCMAP_PLACE "" CACHE STRING' >>CMakeLists.txt
    # shellcheck disable=SC2016 # the backticks are Markdown's
    printf '| `%s` | %s | x |\n' SYNCMAP_FAST '`OFF`' SYNCMAP_PLACE empty >src/packaging/README.md
    printf '%s\n' '# SPDX-License-Identifier: MIT' \
        '    SyncMap' '    private/reclamation/low.h' '    private/map/high.h' '    reclamation/low.cpp' '    map/high.cpp' '    cache/synccache.h' \
        '    private/cache/policy/'{policy,ghosts}.h '    private/cache/expiry/expiry.h' \
        '    private/cache/removal/removal.h' '    private/cache/loading/'{loading,loads}.h >src/files.cmake
    printf '%s\n' '// SPDX-License-Identifier: MIT' '#include <SyncMap/private/map/high.h>' >include/SyncMap/SyncMap
    printf '%s\n' '// SPDX-License-Identifier: MIT' '#include <atomic>' \
        '// [hand-over] release: the reader sees what was written before.' \
        'int write();' \
        'int read(); // [hand-over] acquire: pairs with write(); ends[0] is no edge.' \
        '// [both] acq_rel: who comes later sees who came earlier. See also [hand-over].' \
        >include/SyncMap/private/reclamation/low.h
    printf '%s\n' '// SPDX-License-Identifier: MIT' '#include <SyncMap/private/reclamation/low.h>' \
        | tee include/SyncMap/private/map/high.h >src/reclamation/low.cpp
    room policy 'no other room' ghosts
    room expiry 'no other room'
    room removal 'no other room'
    room loading 'expiry, removal' loads
    printf '#include <SyncMap/private/cache/expiry/expiry.h>\n' >>include/SyncMap/private/cache/loading/loads.h
    printf '%s\n' '// SPDX-License-Identifier: MIT' '#include <SyncMap/private/cache/policy/policy.h>' \
        '#include <SyncMap/private/cache/loading/loading.h>' >include/SyncMap/cache/synccache.h
    printf '%s\n' '| edge | from | to |' '| `[hand-over]` | write | read |' '| [both] | x | y |' >src/README.md
    printf '%s\n' '| promise | tests |' '|---|---|' '| It is low | [`tst_low`](../tests/tst_low.cpp) `isLow` |' >src/promises.md
    printf '%s\n' '// SPDX-License-Identifier: MIT' 'void isLow();' >tests/tst_low.cpp
    mkdir -p src/translations
    printf '%s\n' '// SPDX-License-Identifier: MIT' 'auto text = High::tr("it "' '    "is low");' >src/map/high.cpp
    printf '%s' '<TS><context><name>High</name><message><source>it is low</source></message></context></TS>' \
        >src/translations/syncmap.ts
}

# room NAME MAY_USE [HEADER...]
room() {
    local name=$1 rule=$2 header
    shift 2
    printf '// SPDX-License-Identifier: MIT\n// May use: %s.\n' "$rule" >"include/SyncMap/private/cache/$name/$name.h"
    for header in "$@"; do
        printf '// SPDX-License-Identifier: MIT\n' >"include/SyncMap/private/cache/$name/$header.h"
        printf '#include <SyncMap/private/cache/%s/%s.h>\n' "$name" "$header" >>"include/SyncMap/private/cache/$name/$name.h"
    done
}

# expect CHECK TEXT: the check fails and says so.
expect() {
    local said
    if said=$("$here/$1.sh" "$tree" 2>&1); then
        printf '%s did not notice: %s\n' "$1" "$2"
        failed=1
    elif ! grep -qF "$2" <<<"$said"; then
        printf '%s should say "%s", and said:\n%s\n' "$1" "$2" "$said"
        failed=1
    fi
    clean_tree
}

clean_tree
for check in edges layering listed no-skips no-then options promises spdx texts; do
    if ! "$here/$check.sh" "$tree"; then
        printf '%s refuses a tree that is as it should be\n' "$check"
        failed=1
    fi
done

low=include/SyncMap/private/reclamation/low.h

sed -i '/release:/d' $low
expect edges 'no "[hand-over] release:"'
sed -i 's/acquire:/relaxed:/' $low
expect edges 'no "[hand-over] acquire:"'
printf '/*\n * It is over by [nowhere].\n */\n' >>$low
expect edges 'src/README.md has no row for [nowhere]'
sed -i '/hand-over/d' src/README.md
expect edges 'src/README.md has no row for [hand-over]'
printf '| [gone] | a | b |\n' >>src/README.md
expect edges 'src/README.md has a row for [gone]'

printf '#include <SyncMap/private/map/high.h>\n' >>$low
expect layering 'reclamation includes a layer above it'
printf '#include "../map/high.h"\n' >>src/reclamation/low.cpp
expect layering 'reclamation includes a layer above it'
printf '#  include <SyncMap/cache/cache.h>\n' >>include/SyncMap/private/map/high.h
expect layering 'map includes a layer above it'
printf '#include <SyncMap/SyncMap>\n' >>include/SyncMap/private/map/high.h
expect layering 'map includes a forwarding header'
printf '#include <QtConcurrent/QtConcurrentRun>\n' >>include/SyncMap/private/map/high.h
expect layering 'nothing but QtCore'
mkdir -p include/SyncMap/weight
printf '#include <SyncMap/private/reclamation/domain.h>\n' >include/SyncMap/weight/heavy.h
expect layering 'weight uses what it may not'
mkdir -p include/SyncMap/private/weight
printf '#include <SyncMap/private/weight/measure.h>\n' >>include/SyncMap/private/map/high.h
expect layering 'weight.h is the way into weight'
mkdir include/SyncMap/utilities
expect layering 'utilities/ is no layer'
mkdir include/SyncMap/private/cache/odds
expect layering 'odds/ is no room'
mkdir include/SyncMap/cache/odds
expect layering 'odds/: rooms are in include/SyncMap/private'
clean_tree
mkdir -p src/object/model
printf '// SPDX-License-Identifier: MIT\n#include "../synccacheobject_p.h"\n' >src/object/model/rows.cpp
expect layering 'synccacheobject_p.h is the inside of a class'
sed -i 's/May use: .*/May use: loading./' include/SyncMap/private/cache/policy/policy.h
expect layering 'policy.h does not say "May use: no other room."'
printf '#include <SyncMap/private/cache/policy/ghosts.h>\n' >>include/SyncMap/cache/synccache.h
expect layering 'policy.h is the way into cache/policy'
printf '#include <SyncMap/private/cache/policy/ghosts.h>\n' >>qml/module.h
expect layering 'policy.h is the way into cache/policy'
printf '#include <SyncMap/private/cache/loading/loading.h>\n' >>include/SyncMap/private/cache/policy/ghosts.h
expect layering 'cache/policy uses what it may not'
printf '#include <SyncMap/private/cache/policy/policy.h>\n' >>include/SyncMap/private/cache/loading/loads.h
expect layering 'cache/loading uses what it may not'
printf '#include <SyncMap/cache/synccache.h>\n' >>include/SyncMap/private/cache/loading/loads.h
expect layering 'cache/loading uses what it may not'

printf '// SPDX-License-Identifier: MIT\n' >include/SyncMap/map/forgotten.h
expect listed 'does not list map/forgotten.h'
printf '// SPDX-License-Identifier: MIT\n' >src/map/forgotten.cpp
expect listed 'does not list map/forgotten.cpp'

printf 'void f() { future.then([] {}); }\n' >>src/reclamation/low.cpp
expect no-then 'A future is continued'
printf 'QWaitCondition condition;\n' >>$low
expect no-then 'Use QMutex'

printf 'Q%s("slow");\n' SKIP >>tests/tst_low.cpp
expect no-skips 'A test passes or it fails'
printf 'ctest --%s until-pass:3\n' repeat >>.ci/run
expect no-skips 'A test passes or it fails'

printf '| It is deep | |\n' >>src/promises.md
expect promises 'no test is named: It is deep'
printf '| It is deep | [`tst_deep`](../tests/tst_deep.cpp) |\n' >>src/promises.md
expect promises 'there is no ../tests/tst_deep.cpp: It is deep'
printf '| It is deep | [`tst_low`](../tests/tst_low.cpp) `isDeep` |\n' >>src/promises.md
expect promises 'tests/tst_low.cpp has no isDeep: It is deep'

sed -i /FAST/d src/packaging/README.md
expect options 'src/packaging/README.md has no row for the option SYNCMAP_FAST'
printf 'set(SYNCMAP_DEEP ON CACHE BOOL "x")\n' >src/packaging/deep.cmake
expect options 'has no row for the option SYNCMAP_DEEP'
sed -i 's/" OFF/" ON/' CMakeLists.txt
expect options 'where the default of SYNCMAP_FAST is ON'
sed -i /FAST/d CMakeLists.txt
expect options 'a row for SYNCMAP_FAST, which is no option'

# The manifests that there are, without what they make packages of.
plant_manifests() {
    rm -rf src/packaging
    cp -R "$here/../../../src/packaging" src
    cp "$here/../../../"{CMakeLists.txt,LICENSE} .
}
plant_manifests
if ! "$here/manifests.sh" "$tree"; then
    printf 'manifests refuses what there is\n'
    failed=1
fi
sed -i 's/^    VERSION .*/    VERSION 98.7.6/' CMakeLists.txt
expect manifests 'instead of 98.7.6'
plant_manifests
sed -i 's/"license"/"licence"/' src/packaging/vcpkg/vcpkg.json
expect manifests 'has licence, which vcpkg does not know'
plant_manifests
sed -i 's/qml SYNCMAP_BUILD_QML/qml SYNCMAP_QML/' src/packaging/vcpkg/portfile.cmake
expect manifests 'sets SYNCMAP_QML, which is no option'
plant_manifests
sed -i 's/vcpkg_copy_pdbs/vcpkg_copy/' src/packaging/vcpkg/portfile.cmake
expect manifests 'does not run through'
plant_manifests
sed -i 's/"SYNCMAP_BUILD_QUICK"/"SYNCMAP_QUICK"/' src/packaging/conan/conanfile.py
expect manifests 'sets SYNCMAP_QUICK, which is no option'
plant_manifests
sed -i 's/, "qml.\*"//' src/packaging/conan/conanfile.py
expect manifests 'does not export qml'

sed -i 's/is low/is deep/' src/map/high.cpp
expect texts 'lacks a text of High: it is deep'
printf '\n' >src/map/high.cpp
expect texts 'has a text of High that nobody shows: it is low'

sed -i 1d src/reclamation/low.cpp
expect spdx 'src/reclamation/low.cpp does not begin with'

exit $failed
