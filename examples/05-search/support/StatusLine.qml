// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle

// Figures, on more than one line where the window is narrow.
Rectangle {
    id: line

    property var parts: []

    implicitHeight: caption.implicitHeight + 20
    color: Theme.surface
    Accessible.role: Accessible.StatusBar
    Accessible.name: caption.text

    Rectangle {
        width: parent.width
        height: 1
        color: Theme.line
    }
    Caption {
        id: caption

        x: 20
        y: 10
        width: parent.width - 40
        text: line.parts.map(part => part.replace(/ /g, "\u00a0")).join("\u00a0\u00a0·  ") // lines end with a dot, and do not begin with one
        wrapMode: Text.Wrap
    }
}
