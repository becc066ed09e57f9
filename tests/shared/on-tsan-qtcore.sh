#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# on-tsan-qtcore.sh COMMAND...: runs a program on the QtCore that build-tsan-qtcore.sh made.

set -euo pipefail

libraries=$("$(dirname "${BASH_SOURCE[0]}")/build-tsan-qtcore.sh" --where)
LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec "$@"
