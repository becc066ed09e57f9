// SPDX-License-Identifier: MIT
import QtQml
import SyncMap

QtObject {
    id: dashboard

    readonly property SyncCache state: SyncCache { name: "state" }
    //! [value]
    readonly property real speed: dashboard.state.entry("speed").value ?? 0
    //! [value]
    readonly property string text: `${speed} km/h`
}
