#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# on-tsan-qtcore.sh COMMAND...: runs a program on the QtCore that build-tsan-qtcore.sh made.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# It was built for another place: plugins and QML modules are those of the system.
if command -v qtpaths6 >/dev/null; then
    QT_PLUGIN_PATH=$(qtpaths6 --query QT_INSTALL_PLUGINS)
    QML_IMPORT_PATH=$(qtpaths6 --query QT_INSTALL_QML)
    export QT_PLUGIN_PATH QML_IMPORT_PATH
fi
export TSAN_OPTIONS=${TSAN_OPTIONS:+$TSAN_OPTIONS:}suppressions=$here/tsan.supp

libraries=$("$here/build-tsan-qtcore.sh" --where)
LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec "$@"
