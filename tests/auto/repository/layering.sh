#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# layering.sh ROOT: no include leads from a layer to one above it. include/SyncMap/LAYER has what users
# see, include/SyncMap/private/LAYER what is behind it. There, what is in a folder of its own is a room:
# whoever is outside includes the header that is named as the room, and no other; that header says which
# other rooms of the layer the room may use, and this script says the same.

set -euo pipefail
cd "$1"
failed=0
include='#[[:space:]]*include[[:space:]]*[<"]'

# forbid PATTERN WHY FOLDER...: no include in the folders matches the pattern.
forbid() {
    local pattern=$1 why=$2 hits
    shift 2
    hits=$(grep -rnE "^[[:space:]]*$include$pattern" "$@" 2>/dev/null || true)
    if [ -n "$hits" ]; then
        printf '%s:\n%s\n' "$why" "$hits"
        failed=1
    fi
}

below=''
for layer in qml object cache map weight reclamation; do
    folders=(include/SyncMap/$layer include/SyncMap/private/$layer src/$layer)
    if [ -n "$below" ]; then
        forbid "(.*/)?($below)/" "$layer includes a layer above it" "${folders[@]}"
    fi
    forbid 'SyncMap/[A-Z]' "$layer includes a forwarding header, which is for users" "${folders[@]}"
    below+="${below:+|}$layer"
done
low=(include/SyncMap/{weight,map} include/SyncMap/private/{reclamation,weight,map} src/{reclamation,weight,map})
forbid 'Qt(Concurrent|Gui|Network|Qml|Quick|Widgets)/' 'the map needs nothing but QtCore' "${low[@]}"
forbid 'Qt(Gui|Qml|Quick|Widgets)/' 'only qml/ knows Qml' include src

# Values are measured beside everything else: one way in, and nothing of reclamation.
hits=$(grep -rnE "$include(.*/)?SyncMap/private/reclamation/" \
    include/SyncMap/{,private/}weight src/weight 2>/dev/null || true)
if [ -n "$hits" ]; then
    printf 'weight uses what it may not:\n%s\n' "$hits"
    failed=1
fi
hits=$(grep -rnE "$include(.*/)?private/weight/" include src qml |
    grep -vE '^(include/SyncMap|include/SyncMap/private|src)/weight/' |
    grep -vE 'weight/weight\.h[>"]' || true)
if [ -n "$hits" ]; then
    printf 'weight.h is the way into weight:\n%s\n' "$hits"
    failed=1
fi

# private HEADER PLACE...: what is inside of a class is included by the files that begin so alone.
private() {
    local header=$1 places hits
    shift
    places=$(printf '|%s' "$@")
    hits=$(grep -rnE "${include}(.*/)?${header}[>\"]" include src qml 2>/dev/null |
        grep -vE "^(${places:1})" || true)
    if [ -n "$hits" ]; then
        printf '%s is the inside of a class:\n%s\n' "$header" "$hits"
        failed=1
    fi
}
private synccacheobject_p.h src/object/{synccacheobject,shownnumbers,loaderstack}
private synccacheentry_p.h src/object/{entry/,synccacheobject}
private synccachemodel_p.h src/object/model/

for folder in include/SyncMap/*/ include/SyncMap/private/*/; do
    [ -d "$folder" ] || continue
    case ${folder#include/SyncMap/} in
    private/) continue ;;
    esac
    case $(basename "$folder") in
    reclamation | weight | map | cache | object) ;;
    *)
        printf '%s is no layer\n' "$folder"
        failed=1
        ;;
    esac
done

declare -A may_use=(
    [cache/core]='policy, expiry, loading, removal, file'
    [cache/policy]='no other room'
    [cache/expiry]='no other room'
    [cache/loading]='expiry, removal'
    [cache/removal]='no other room'
    [cache/file]='expiry'
    [object/news]='no other room'
    [object/source]='news, value'
    [object/value]='no other room'
)
# What the rooms are rooms of.
whole='(synccache|synccacheobject|synccacheentry|synccachemodel)'
# What users see of a room: it is of the layer, and knows the inside of the room.
declare -A faces=(
    [cache/expiry]='synccacheclock|synccachemanualclock'
    [cache/loading]='synccacheloadcontext|synccacheloadoptions|synccachependingload'
    [cache/removal]='synccacheconnection'
    [object/value]='synccachekeytext'
)
for folder in include/SyncMap/{reclamation,weight,map,cache,object}/*/; do
    [ -d "$folder" ] || continue
    printf '%s: rooms are in include/SyncMap/private\n' "$folder"
    failed=1
done
for folder in include/SyncMap/private/*/*/; do
    [ -d "$folder" ] || continue
    place=${folder#include/SyncMap/private/}
    place=${place%/}
    layer=${place%/*}
    room=${place#*/}
    rule=${may_use[$place]:-}
    if [ -z "$rule" ]; then
        printf '%s is no room\n' "$folder"
        failed=1
        continue
    fi
    if ! grep -qsxF "// May use: $rule." "$folder$room.h"; then
        printf '%s does not say "May use: %s."\n' "$folder$room.h" "$rule"
        failed=1
    fi
    # Includes of the room by those outside, and of other rooms by those inside.
    hits=$(grep -rnE "$include(.*/)?private/$place/" include src qml |
        grep -vE "^(include/SyncMap/private|src)/$place/" |
        grep -vE "^include/SyncMap/$layer/(${faces[$place]:-none})\.h:" |
        grep -vE "$place/$room\.h[>\"]" || true)
    if [ -n "$hits" ]; then
        printf '%s.h is the way into %s:\n%s\n' "$room" "$place" "$hits"
        failed=1
    fi
    hits=$(grep -rnE "$include((.*/)?private/$layer/([a-z]+/|sync)|(.*/)?$layer/$whole\.h|\.\./)" \
        "include/SyncMap/private/$place" "src/$place" 2>/dev/null |
        grep -vE "$include(.*/)?private/($place|$layer/(${rule//, /|}))/" |
        grep -vE "$include\.\./logging\.h\"" || true)
    if [ -n "$hits" ]; then
        printf '%s uses what it may not:\n%s\n' "$place" "$hits"
        failed=1
    fi
done
exit $failed
