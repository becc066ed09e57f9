#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds QtCore and QtConcurrent with ThreadSanitizer's instrumentation, from the source package of
# the Qt that is installed, and prints the folder of the libraries on its last line.
#
# ThreadSanitizer cannot see the hand-overs inside a library that was built without it, so a
# QThreadPool or an event loop of the distribution's Qt gives reports of races that are none. Tests
# that use them run on these libraries, by LD_LIBRARY_PATH; the other parts of Qt stay as they are.
#
# The result is cached outside the checkout, by the versions of Qt, of the compiler and of this
# recipe. The first run takes some minutes, each later one none.

set -euo pipefail

if [ "${1:-}" = --help ]; then
    printf '%s\n' "Usage: ${0##*/} [--where]" '' \
        'Builds a ThreadSanitizer-instrumented QtCore and QtConcurrent, once, and prints their' \
        'folder on the last line. --where only prints the folder, and fails if it is not there.' \
        'SYNCMAP_CACHE_DIR chooses where they are kept (default: ~/.cache/syncmap).'
    exit 0
fi

# shellcheck source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

result_folder() {
    local qt compiler recipe
    qt=$(dpkg-query -W -f='${source:Version}' qt6-base-dev 2>/dev/null) || return 1
    compiler=$(clang++ -dumpversion 2>/dev/null) || return 1
    recipe=$(cksum <"${BASH_SOURCE[0]}") || return 1
    # The epoch's colon would separate two folders in LD_LIBRARY_PATH.
    printf '%s/tsan-qtcore-%s-clang%s-%s' "$cache" "${qt/:/_}" "$compiler" "${recipe%% *}"
}

if [ "${1:-}" = --where ]; then
    folder=$(result_folder) && [ -d "$folder/lib" ] ||
        fail "there is no instrumented QtCore yet: run ${BASH_SOURCE[0]}"
    printf '%s\n' "$folder/lib"
    exit 0
fi

command -v apt-get >/dev/null ||
    fail 'the instrumented QtCore is built from the Debian source package, and there is no apt here'

# shellcheck disable=SC2046 # a list of words
require_packages $(packages_for tsan)
folder=$(result_folder)
if [ -d "$folder/lib" ]; then
    printf '%s\n' "$folder/lib"
    exit 0
fi

require_packages dpkg-dev xz-utils \
    libb2-dev libdouble-conversion-dev libglib2.0-dev libicu-dev libpcre2-dev libzstd-dev zlib1g-dev

# One run at a time, so that whatever half-built folder is found was left by one that was killed.
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
rm -rf "$cache"/building-*
if [ -d "$folder/lib" ]; then # another run has built it while this one waited
    printf '%s\n' "$folder/lib"
    exit 0
fi

work=$(mktemp -d "$cache/building-XXXXXX")
[ -z "${CCACHE_BASEDIR:-}" ] || export CCACHE_BASEDIR=$work
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# The machine's own sources, turned into source-package ones in a folder of this run, so that
# nothing in /etc changes and whatever mirror is set up is used.
fetch_source() {
    local version entry
    version=$(dpkg-query -W -f='${source:Version}' qt6-base-dev)
    mkdir -p "$work/apt/sources" "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
    for entry in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        case $entry in
        *.list)
            [ ! -f "$entry" ] || sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$entry" \
                >"$work/apt/sources/${entry##*/}"
            ;;
        *.sources) sed 's/^Types:.*/Types: deb-src/' "$entry" >"$work/apt/sources/${entry##*/}" ;;
        esac
    done
    local options=(-q
        -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$work/apt/sources"
        -o "Dir::State::Lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache"
        -o APT::Sandbox::User= -o Acquire::Retries=3)
    # A source that offers no source packages is no reason to stop while another one does.
    quietly apt-get "${options[@]}" update || say 'apt-get update had errors, trying all the same'
    (cd "$work" && quietly apt-get "${options[@]}" source "qt6-base=$version") ||
        fail "the source package of qt6-base $version could not be fetched"
}

configure() {
    local options=(
        -DCMAKE_BUILD_TYPE=RelWithDebInfo
        -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++
        # Twice as fast to compile as with -O1, and the tests do not spend their time in there.
        '-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O0 -g1 -fno-omit-frame-pointer'
        '-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O0 -g1 -fno-omit-frame-pointer'
        -DQT_HOST_PATH=/usr -DQT_FORCE_FIND_TOOLS=ON
        -DQT_BUILD_TESTS=OFF -DQT_BUILD_EXAMPLES=OFF
        -DFEATURE_sanitizer=ON -DFEATURE_sanitize_thread=ON
        -DFEATURE_glib=ON -DFEATURE_icu=ON -DFEATURE_system_pcre2=ON -DFEATURE_doubleconversion=ON
        -DFEATURE_mimetype_database=OFF
        # Makes QProcess fork. It would share memory with the child until that calls exec, which ends
        # the runtime of ThreadSanitizer with an error of its own.
        -DFEATURE_forkfd_pidfd=OFF
    )
    local feature
    for feature in dbus gui network sql testlib widgets xml; do
        options+=("-DFEATURE_$feature=OFF")
    done
    quietly cmake -G Ninja -S "$work"/qt6-base-*/ -B "$work/build" "${options[@]}"
}

say 'Fetching the source of Qt'
fetch_source
say 'Configuring Qt for ThreadSanitizer'
configure
say 'Building QtCore and QtConcurrent for ThreadSanitizer (some minutes)'
quietly cmake --build "$work/build" --target Core Concurrent

mkdir "$work/result" "$work/result/lib"
cp -P "$work"/build/lib/libQt6{Core,Concurrent}.so* "$work/result/lib/"
mv -T "$work/result" "$folder"
printf '%s\n' "$folder/lib"
