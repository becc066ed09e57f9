#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cached.sh COMPILER ARGUMENT...: compiles by ccache, as setup.sh has set it up, so that what one
# checkout has compiled need not be compiled in another. Precompiled headers take some care:
#
# - CMake tells clang by -Xclang where one is, and ccache leaves that path as it is, where it makes all
#   others relative to the checkout.
# - Clang's have absolute paths inside, so the one of another checkout is of no use: it is always
#   compiled. GCC's are large. So a file beside it says what it was made of; ccache looks at that.
#
# And so do sources that name the checkout:
#
# - CMake's unity sources include others by absolute paths. What is compiled is a copy, with relative
#   ones.
# - What Qt's tools have generated does so in comments: there, ccache shall look at what is preprocessed.

set -euo pipefail

# Large pages for what the compiler allocates: clang takes a tenth less.
export GLIBC_TUNABLES=glibc.malloc.hugetlb=1

# What precedes a path below the checkout in the present folder.
up=
if [[ $PWD == "$CCACHE_BASEDIR"/* ]]; then
    IFS=/ read -r -a folders <<<"${PWD#"$CCACHE_BASEDIR"/}"
    up=$(printf '../%.0s' "${folders[@]}")
fi

# relative UNITY_SOURCE: its copy
relative() {
    local copy=${1%.cxx}.relative.cxx folders back text
    IFS=/ read -r -a folders <<<"$(dirname "${1#"$CCACHE_BASEDIR"/}")"
    back=$(printf '../%.0s' "${folders[@]}")
    text=$(sed "s,\"$CCACHE_BASEDIR/,\"$back," "$1")
    [ -f "$copy" ] && [ "$(cat "$copy")" = "$text" ] || printf '%s\n' "$text" >"$copy"
    printf '%s' "$copy"
}

arguments=()
text_of=() # the same, but for the text that is compiled
previous=
result=
is_header=false
for argument in "$@"; do
    if [ "$previous" = -Xclang ] && [ -n "$up" ] && [[ $argument == "$CCACHE_BASEDIR"/* ]]; then
        case $argument in
        "$PWD"/*) argument=${argument#"$PWD"/} ;;
        *) argument=$up${argument#"$CCACHE_BASEDIR"/} ;;
        esac
    fi
    case $previous,$argument in
    -c,"$CCACHE_BASEDIR"/*/Unity/unity_*.cxx) argument=$(relative "$argument") ;;
    -c,"$PWD"/*) [ -z "$up" ] || unset CCACHE_DEPEND ;;
    esac
    arguments+=("$argument")
    case $previous,$argument in
    *,-o | *,-c | *,-M* | -MT,* | -MF,* | *,-fpch-preprocess) ;;
    -o,*) result=$argument ;;
    -Xclang,-emit-pch) unset 'text_of[-1]' ;;
    *)
        text_of+=("$argument")
        [ "$previous,$argument" != -x,c++-header ] || is_header=true
        ;;
    esac
    previous=$argument
done

if ! $is_header; then
    exec ccache "${arguments[@]}"
fi
# GCC would read the old one where it looks what the new one is made of, and ccache would answer with
# what that was once replaced by.
rm -f "$result" "$result.sum"
case $1 in
*clang*) "${arguments[@]}" ;;
*) ccache "${arguments[@]}" ;;
esac
"${text_of[@]}" -E -P | sed "s,$CCACHE_BASEDIR/,,g" | cksum >"$result.sum"
