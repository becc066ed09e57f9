// SPDX-License-Identifier: MIT
import QtQml
import SyncMap

QtObject {
    id: root

    property SyncCache cache: SyncCache {
        id: users
        name: "bindings/users"
        notifyInterval: 0
    }

    // Each form of the documentation.
    property string byEntry: users.entry("42").value ?? "…"
    property string byName: users.entry("user").value?.name ?? "…"
    property string byRevision: users.value("42", "…", users.revision)
    property string byElement: user.value ?? "…"
    property int status: user.status
    property bool isReady: user.status === CacheEntry.Ready
    property real count: users.count
    property string outer: root.prefix + (users.entry("42").value ?? "")
    property string prefix: ""

    property CacheEntry user: CacheEntry {
        id: user
        cache: users
        key: "42"
    }

    property CacheEntry written: CacheEntry {
        value: root.toWrite // comes before the others
        cache: users
        key: root.writeKey
    }
    property var toWrite: undefined
    property string writeKey: "written"

    function insert(key: string, value: string) : bool {
        return users.insert(key, value);
    }
}
