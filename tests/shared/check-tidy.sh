#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fails if clang-tidy has something to say of a source of the library, of the QML module, or of an
# example. Nothing is built for it: none of them includes what Qt's tools generate. Most of its time
# goes into Qt's headers, so it looks at several sources at once.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=setup.sh
source "$here/setup.sh"

# shellcheck disable=SC2046 # a list of words
require_packages $(packages_for tidy)

say 'Configuring preset tidy'
cd "$root"
quietly cmake --preset tidy

say 'Running clang-tidy'
export lines_of_failure=400
export SYNCMAP_TIDY_CACHE=$cache/tidy
quietly "$here/tidy-joined.py" "$root/build/tidy" "^$root/(src|qml|examples)/"
