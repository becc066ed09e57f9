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

set -euo pipefail

# Large pages for what the compiler allocates: clang takes a tenth less.
export GLIBC_TUNABLES=glibc.malloc.hugetlb=1

# What precedes a path below the checkout in the present folder.
up=
if [[ $PWD == "$CCACHE_BASEDIR"/* ]]; then
    IFS=/ read -r -a folders <<<"${PWD#"$CCACHE_BASEDIR"/}"
    up=$(printf '../%.0s' "${folders[@]}")
fi

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
case $1 in
*clang*) "${arguments[@]}" ;;
*) ccache "${arguments[@]}" ;;
esac
"${text_of[@]}" -E -P | cksum >"$result.sum"
