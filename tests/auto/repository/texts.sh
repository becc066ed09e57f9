#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# texts.sh ROOT: translators find each text that the library shows to people, see texts.py.

set -euo pipefail
exec python3 -B "$(dirname "${BASH_SOURCE[0]}")/texts.py" "$1"
