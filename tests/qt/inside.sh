#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# inside.sh build | test | COMMAND...: what tests/qt/run does within a chroot, whose sources are in
# /src. In /build/release is what users get, optimised, where compilers warn of most; in /build/debug
# all that the tests need, with assertions. Neither has the precompiled headers and joined sources of
# other builds, so a missing #include is noticed.

set -euo pipefail

# shellcheck source=../shared/setup.sh
source /src/tests/shared/setup.sh

export CCACHE_DIR=/var/cache/ccache
use_ccache

# configure_and_build_all FOLDER OPTION...: and goes on after an error, so that all of them are seen.
configure_and_build_all() {
    local folder=/build/$1
    shift
    cmake -S /src -B "$folder" -G Ninja "$@" \
        -DSYNCMAP_BUILD_EXAMPLES=ON -DSYNCMAP_WARNINGS_AS_ERRORS=ON &&
        cmake --build "$folder" -- -k 0
}

case $1 in
build)
    update_apt || true
    say 'Bringing the system up to date'
    apt_get full-upgrade || say 'apt-get full-upgrade had errors, going on with what is there'
    # shellcheck disable=SC2046 # lists of words
    require_packages $(packages_for dev) $(packages_for_windows)
    install_offered ccache xvfb xdotool pkgconf
    use_ccache
    printf 'Qt %s, GCC %s' "$(qtpaths6 --query QT_VERSION)" "$(g++ -dumpfullversion)" >/versions
    say "Building with $(cat /versions)"
    has_failed=false
    configure_and_build_all release -DCMAKE_BUILD_TYPE=Release || has_failed=true
    configure_and_build_all debug -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-g0 \
        -DSYNCMAP_BUILD_TESTS=ON || has_failed=true
    ! $has_failed
    ;;
test)
    say "Testing with $(cat /versions)"
    ctest --test-dir /build/debug --output-on-failure --no-tests=error --parallel "$(nproc)"
    ;;
*)
    [ -d /build/debug ] || fail "nothing is built here, run tests/qt/run with this version alone first"
    cd /build/debug
    "$@"
    ;;
esac
