// SPDX-License-Identifier: MIT
import QtQml
import SyncMap

QtObject {
    property SyncCache cache: SyncCache { id: cache }

    Component.onCompleted: {
        cache.insert("answer", 42);
        Qt.exit(cache.value("answer") === 42 ? 0 : 2);
    }
}
