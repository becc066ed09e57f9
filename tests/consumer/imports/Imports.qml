// SPDX-License-Identifier: MIT
import QtQuick
import SyncMap

// For the program qml, which wants something that it can show.
Window {
    property string name: names.entry("42").value ?? ""

    visible: true
    onNameChanged: {
        console.log(name);
        Qt.callLater(Qt.exit, name === "the name of 42" ? 0 : 3);
    }

    SyncCache { id: names; loader: key => `the name of ${key}` }
}
