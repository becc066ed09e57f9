// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle

// What a colour means.
Row {
    property alias color: square.color
    property alias text: caption.text

    spacing: 6

    Rectangle {
        id: square

        anchors.verticalCenter: parent.verticalCenter
        width: 9
        height: 9
        radius: 2
    }
    Caption {
        id: caption
    }
}
