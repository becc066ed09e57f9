#!/usr/bin/env bash
# SPDX-License-Identifier: MIT

set -euo pipefail

if [ "${1:-}" = --help ]; then
    printf '%s\n' 'Usage: tests/consumer/deb.sh [FOLDER]' '' \
        'Builds the Debian packages, or takes those in FOLDER; asks lintian; and on a fresh system, in a' \
        'chroot, installs them with apt, runs a program of QML alone, builds and runs programs with' \
        'CMake, qmake and pkg-config, purges them, and looks for what is left. As root, by hand.'
    exit 0
fi

# shellcheck source=../shared/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../shared/setup.sh"
[ "$(id -u)" -eq 0 ] || fail 'only root may set up a chroot'
# shellcheck disable=SC2046 # a list of words
require_packages $(packages_for release) debootstrap dpkg-dev file lintian

packages=${1:-}
if [ -z "$packages" ]; then
    packages=$root/build/deb
    use_ccache
    say 'Building the packages'
    quietly cmake -S "$root" -B "$packages" -G Ninja -DCMAKE_INSTALL_PREFIX=/usr
    quietly cmake --build "$packages"
    rm -f "$packages"/*.deb
    (cd "$packages" && quietly cpack -G DEB)
fi
packages=$(cd "$packages" && pwd)

say 'lintian'
lintian --allow-root --fail-on error --tag-display-limit 0 "$packages"/*.deb

# The same release as this system has, for the packages were made on it. The plain system is kept.
# shellcheck disable=SC2016 # apt's own variables
read -r mirror release < <(
    apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
        grep -vE -- '-(updates|security|backports)' | head -n 1
)
base=$cache/system-$release
if [ ! -e "$base.ready" ]; then
    say "Setting up $release from $mirror"
    rm -rf "$base"
    mkdir -p "$cache"
    quietly debootstrap --variant=minbase "$release" "$base" "$mirror"
    touch "$base.ready"
fi
system=$(mktemp -d -p "$cache")
clean_up() {
    umount "$system/proc" 2>/dev/null || true
    rm -rf --one-file-system "$system"
}
trap clean_up EXIT
cp -a "$base/." "$system"
mount -t proc proc "$system/proc"
mkdir "$system/packages" "$system/project"
cp "$packages"/*.deb "$system/packages"
cp -R "$root/tests/consumer/." "$system/project"

# inside COMMAND...: on that system, with nothing of this one's environment.
inside() {
    chroot "$system" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive QT_QPA_PLATFORM=offscreen "$@"
}

install_inside() {
    quietly inside apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@"
}

quietly inside apt-get -qq update

say 'A program of QML alone'
(
    cd "$system"
    ls packages/libsyncmap{,qml}[0-9]*.deb packages/qml6-module-syncmap_*.deb
) | sed 's,^,/,' >"$system/first"
mapfile -t first <"$system/first"
install_inside "${first[@]}" qml-qt6 qml6-module-qt{quick,quick-window,qml,qml-models,qml-workerscript}
# shellcheck disable=SC2016
inside timeout 60 sh -c '$(command -v qml6 || echo /usr/lib/qt6/bin/qml) /project/imports/Imports.qml'

say 'Programs that are built there'
mapfile -t all < <(cd "$system" && printf '/%s\n' packages/*.deb)
install_inside "${all[@]}" g++ cmake make pkgconf
for project in project qmlproject; do
    quietly inside cmake -S /project/$project -B /tmp/$project -DHOW=installed -DCMAKE_CXX_FLAGS=-Werror
    quietly inside cmake --build /tmp/$project
done
inside timeout 60 /tmp/project/consumer
inside timeout 60 /tmp/qmlproject/consumer
inside timeout 60 /tmp/qmlproject/viewer
inside mkdir /tmp/qmake /tmp/pkgconfig
quietly inside sh -c 'cd /tmp/qmake && qmake6 /project/qmake/viewer.pro && make'
inside timeout 60 /tmp/qmake/viewer
quietly inside make -C /tmp/pkgconfig -f /project/pkgconfig/Makefile map viewer
inside timeout 60 /tmp/pkgconfig/map
inside timeout 60 /tmp/pkgconfig/viewer

say 'Purging'
for package in "$packages"/*.deb; do
    dpkg-deb -c "$package" | sed -E 's,^.{10} .* \./,/,; s, -> .*,,; s,/$,,'
done | sort -u >"$system/files"
mapfile -t names < <(for package in "$packages"/*.deb; do dpkg-deb -f "$package" Package; done)
quietly inside apt-get -qq -y purge "${names[@]}"
left=$(
    while read -r file; do
        [ -z "$file" ] || [ ! -e "$system$file" ] && [ ! -L "$system$file" ] ||
            inside dpkg -S "$file" >/dev/null 2>&1 || printf '%s\n' "$file"
    done <"$system/files"
    find "$system" -xdev \( -path "$system/packages" -o -path "$system/project" -o -path "$system/tmp" \
        -o -path "$system/proc" \) -prune -o -iname '*syncmap*' -print
    inside dpkg --list | grep -i syncmap || true
    inside ldconfig -p | grep -i syncmap || true
)
[ -z "$left" ] || fail "what is left after the packages have been purged:"$'\n'"$left"
say 'Nothing is left'
