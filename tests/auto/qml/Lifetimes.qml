// SPDX-License-Identifier: MIT
import QtQml
import SyncMap

QtObject {
    id: root

    property var cache: null
    readonly property var runs: ({ "count": 0 }) // not seen by bindings
    property var shown: {
        root.runs.count++;
        return root.cache ? root.cache.entry("key").value : "no cache";
    }
    property Component initial: Component {
        CacheEntry {
            required property SyncCache shownCache

            value: 7
            cache: shownCache
            key: "initial"
        }
    }
}
