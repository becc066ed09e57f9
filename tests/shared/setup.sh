# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by examples/run, tests/run and .ci/run: finds the checkout, and sees to it that what they
# call is installed. Messages go to stderr, so that stdout belongs to the program that is run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# What is kept for other checkouts, and for the next run.
cache=${SYNCMAP_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/syncmap}

# Qt wants a UTF-8 locale, and a minimal system sets none at all.
if [ -z "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ]; then
    export LANG=C.UTF-8
fi

say() {
    printf '==> %s\n' "$*" >&2
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Runs a command that is only worth reading when it fails, and then its end more than its beginning.
quietly() {
    local log
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    tail -n "${lines_of_failure:-200}" "$log" >&2
    rm -f "$log"
    return 1
}

# What building and testing one preset takes, as Debian packages.
packages_for() {
    local packages='cmake ninja-build g++ python3 qt6-base-dev qt6-declarative-dev qt6-declarative-dev-tools'
    packages+=' qml6-module-qtqml qml6-module-qtqml-models qml6-module-qtqml-workerscript'
    # What links many tests soonest.
    case $1 in
    release | tidy) ;;
    *) packages+=' lld' ;;
    esac
    # What shows the library in a debugger is looked at without a sanitizer.
    case $1 in
    dev | clang | release | static) packages+=' gdb' ;;
    esac
    case $1 in
    clang) packages+=' clang' ;;
    # llvm has the symbolizer, without which a sanitizer's report is a list of addresses.
    asan | asan-symmetric | tsan | tsan-symmetric) packages+=' clang llvm clang-sanitizers' ;;
    model) packages+=' relacy-dev spin' ;;
    coverage) packages+=' gcovr' ;;
    tidy) packages+=' clang clang-tidy' ;;
    dev) packages+=' python3' ;;
    docs) packages+=' python3 qt6-documentation-tools' ;;
    esac
    printf '%s' "$packages"
}

# What the examples with a window need on top, to be built and to run.
packages_for_windows() {
    printf '%s' libgl1-mesa-dev ' qml6-module-qtquick qml6-module-qtquick-controls' \
        ' qml6-module-qtquick-layouts qml6-module-qtquick-templates qml6-module-qtquick-window' \
        ' qml6-module-qttest qml-qt6'
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_packages() {
    local package missing=''
    for package in "$@"; do
        is_installed "$package" || missing+=" $package"
    done
    printf '%s' "${missing# }"
}

# Prints the prefix that gives root's rights, or fails where there is none to be had.
root_prefix() {
    if [ "$(id -u)" -eq 0 ]; then
        return 0
    fi
    command -v sudo >/dev/null || return 1
    # Without a terminal nobody could type the password, and sudo would wait or complain.
    sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; } || return 1
    printf 'sudo'
}

qt_is_found() {
    local places=() place
    [ -z "${Qt6_DIR:-}" ] || places+=("$Qt6_DIR/../..")
    IFS=':;' read -r -a places_given <<<"${CMAKE_PREFIX_PATH:-}"
    for place in "${places_given[@]}"; do
        places+=("$place"/lib*)
    done
    places+=(/usr/lib* /usr/lib/*-linux-gnu* /usr/local/lib*)
    if command -v qtpaths6 >/dev/null; then
        places+=("$(qtpaths6 --query QT_INSTALL_LIBS)")
    fi
    for place in "${places[@]}"; do
        [ ! -f "$place/cmake/Qt6/Qt6Config.cmake" ] || return 0
    done
    return 1
}

qml_is_found() {
    find /usr/lib* /usr/local/lib* -path '*/cmake/Qt6Qml/Qt6QmlConfig.cmake' 2>/dev/null | grep -q .
}

# The commands that stand for the packages where there is no apt to ask.
tools_are_found() {
    local package
    for package in "$@"; do
        case $package in
        cmake | clang | clang-tidy | g++ | gdb | make | python3)
            command -v "$package" >/dev/null || return 1
            ;;
        qt6-documentation-tools) command -v qdoc >/dev/null || return 1 ;;
        ninja-build) command -v ninja >/dev/null || return 1 ;;
        pkgconf) command -v pkg-config >/dev/null || return 1 ;;
        qt6-base-dev) qt_is_found || return 1 ;;
        qt6-declarative-dev) qml_is_found || return 1 ;;
        qt6-declarative-dev-tools | qml6-module-* | libgl1-mesa-dev) ;; # come with it elsewhere
        lld | llvm | libclang-rt-*) ;; # come with clang elsewhere
        *) return 1 ;;
        esac
    done
}

# require_packages PACKAGE...: installs exactly those that are missing, or says in one sentence
# why it cannot, and what to install by hand. `clang-sanitizers` stands for the package that holds
# the sanitizers' runtime; its name carries the version of clang, known once clang is there.
require_packages() {
    local package wanted=() runtime=false
    while read -r package; do
        if [ "$package" = clang-sanitizers ]; then
            runtime=true
        else
            wanted+=("$package")
        fi
    done < <(printf '%s\n' "$@" | sort -u)

    install_missing "${wanted[@]}"
    if $runtime && command -v dpkg-query >/dev/null; then
        install_missing "libclang-rt-$(clang -dumpversion | cut -d . -f 1)-dev"
    fi
}

# install_offered PACKAGE...: like require_packages, but does without what this system never had.
install_offered() {
    local package offered=()
    command -v apt-cache >/dev/null || return 0
    for package in "$@"; do
        is_installed "$package" && continue
        update_apt || return 0
        # An empty answer is a success to apt-cache.
        [ -z "$(apt-cache policy "$package" | sed -n 's/.*Candidate: [^(]/&/p')" ] ||
            offered+=("$package")
    done
    [ ${#offered[@]} -eq 0 ] || install_missing "${offered[@]}"
}

apt_get() {
    local prefix
    prefix=$(root_prefix) || return 1
    # shellcheck disable=SC2086 # a word or none
    lines_of_failure=5 quietly $prefix env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# Once for each command that somebody started, and only if something is missing.
update_apt() {
    root_prefix >/dev/null || return 1
    [ -z "${apt_is_updated:-}" ] || return 0
    say 'Asking apt for its current lists'
    # An update that fails for one of several sources may still do for what is needed here.
    apt_get update || say 'apt-get update had errors, trying all the same'
    export apt_is_updated=yes
}

install_missing() {
    local missing by_hand

    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        tools_are_found "$@" && return 0
        fail "this is not a Debian-like system, so please install what corresponds to these Debian" \
            "packages by hand: $*"
    fi

    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    by_hand="please install these packages by hand: $missing"

    if ! update_apt; then
        # shellcheck disable=SC2086 # a list of words, here and below
        tools_are_found $missing && return 0
        fail "packages are missing, and there is neither root nor a working sudo to install them;" \
            "$by_hand"
    fi
    say "Installing with apt: $missing"
    # shellcheck disable=SC2086
    apt_get install --no-install-recommends $missing ||
        fail "apt-get could not install what is missing (no network, or a system that does not" \
            "have it?); $by_hand"
}

# Kernels that randomise more address bits than a sanitizer of this age expects make it refuse to
# start; without randomisation it runs.
sanitizer_prefix() {
    local bits=/proc/sys/vm/mmap_rnd_bits
    if [ -r "$bits" ] && [ "$(cat "$bits")" -gt 28 ] && setarch -R true 2>/dev/null; then
        printf 'setarch -R'
    fi
}

# configure_and_build PRESET [BUILD OPTION...]: in build/<preset>
configure_and_build() {
    local preset=$1
    shift
    say "Building preset $preset"
    (cd "$root" && quietly cmake --preset "$preset" && cmake --build --preset "$preset" "$@" >&2)
}

# test_preset PRESET [CTEST OPTION...]
test_preset() {
    local preset=$1 prefix=''
    shift
    case $preset in
    asan* | tsan*) prefix=$(sanitizer_prefix) ;;
    esac
    say "Testing preset $preset"
    # shellcheck disable=SC2086
    (cd "$root" && $prefix ctest --preset "$preset" --parallel "$(nproc)" "$@")
}

# Where there is ccache, whatever is built here is compiled once on this machine, whichever checkout
# it is in: paths are relative, and the folder does not count. Precompiled headers want the rest. Who
# has a launcher of his own keeps it.
use_ccache() {
    command -v ccache >/dev/null && [ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ] || return 0
    export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=yes CCACHE_PCH_EXTSUM=yes
    # What a source includes is what the compiler says it did: to ask the preprocessor first takes a
    # tenth of the time to compile.
    export CCACHE_DEPEND=yes
    export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    export CMAKE_C_COMPILER_LAUNCHER=$root/tests/shared/cached.sh
    export CMAKE_CXX_COMPILER_LAUNCHER=$root/tests/shared/cached.sh
}
use_ccache
