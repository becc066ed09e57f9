// SPDX-License-Identifier: MIT

import QtQuick
import Gallery
import SyncMap

// 61/64 MiB ▁▃▅ 66 MiB of pictures alive · 60 entries alive · 98 % hits · 12 loading · 37 cancelled · 3 failed
Strip {
    id: strip

    required property SyncCache cache
    readonly property int loading: counts.loading

    function megabytes(bytes: real): int {
        return Math.round(bytes / 1048576);
    }

    title: qsTr("%1/%2 MiB").arg(megabytes(cache.totalCost)).arg(megabytes(cache.maxCost))
    level: cache.totalCost / cache.maxCost
    parts: [qsTr("%1 MiB of pictures alive").arg(megabytes(Census.bytes)), qsTr("%L1 entries alive").arg(Census.entries), qsTr("%L1 % hits").arg(Math.round(cache.hitRatio * 100)), qsTr("%L1 loading").arg(counts.loading), qsTr("%L1 cancelled").arg(counts.canceled), qsTr("%L1 failed").arg(counts.failed)]

    LoadCounts {
        id: counts

        cache: strip.cache
    }
}
