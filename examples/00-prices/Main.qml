// SPDX-License-Identifier: MIT

import QtQuick
import SyncMap

Window {
    width: 400
    height: 200
    visible: true

    SyncCache { id: prices; name: "prices" }
    Text {
        id: price
        anchors.centerIn: parent
        font.pixelSize: 48
        text: prices.entry("AERO").value ?? "…"
        onTextChanged: console.log("AERO", price.text)
    }
}
