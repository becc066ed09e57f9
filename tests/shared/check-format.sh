#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fails if a source does not look as .clang-format says. One version of clang-format decides, since
# each has a taste of its own.

set -euo pipefail

# shellcheck source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

install_offered clang-format-14
if ! command -v clang-format-14 >/dev/null; then
    say 'This system has no clang-format 14, so the formatting is not checked here'
    exit 0
fi

say 'Checking the formatting'
cd "$root"
find include src qml examples tests -type f \( -name '*.h' -o -name '*.cpp' \) -print0 |
    xargs -0 clang-format-14 --dry-run -Werror
