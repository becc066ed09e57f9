#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fails if clang-tidy has something to say of a source of the library, of the QML module, or of an
# example. Nothing is built for it: none of them includes what Qt's tools generate.

set -euo pipefail

# shellcheck source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# shellcheck disable=SC2046 # a list of words
require_packages $(packages_for tidy)

say 'Configuring preset tidy'
cd "$root"
quietly cmake --preset tidy

say 'Running clang-tidy'
export lines_of_failure=400
quietly run-clang-tidy -p "$root/build/tidy" -quiet -j "$(nproc)" "^$root/(src|qml|examples)/"
