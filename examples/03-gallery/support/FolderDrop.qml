// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle

// Takes a folder that is dropped on the window.
DropArea {
    id: drop

    signal taken(url folder)

    onEntered: drag => drag.accepted = drag.hasUrls
    onDropped: event => taken(event.urls[0])

    Rectangle {
        anchors.fill: parent
        anchors.margins: 8
        visible: drop.containsDrag
        radius: 12
        color: Theme.tint(Theme.accent, 0.12)
        border.width: 2
        border.color: Theme.accent
    }
}
