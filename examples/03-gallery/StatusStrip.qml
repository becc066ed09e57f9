// SPDX-License-Identifier: MIT

import QtQuick
import Gallery
import SyncMap

// 61/64 MiB ▁▃▅ · 98 % hits · 12 loading · 37 cancelled · 3 failed
Strip {
    id: strip

    required property SyncCache cache
    readonly property int loading: counts.loading

    title: qsTr("%1/%2 MiB").arg(Math.round(cache.totalCost / 1048576)).arg(Math.round(cache.maxCost / 1048576))
    level: cache.totalCost / cache.maxCost
    parts: [qsTr("%L1 % hits").arg(Math.round(cache.hitRatio * 100)), qsTr("%L1 loading").arg(counts.loading), qsTr("%L1 cancelled").arg(counts.canceled), qsTr("%L1 failed").arg(counts.failed)]

    LoadCounts {
        id: counts

        cache: strip.cache
    }
}
