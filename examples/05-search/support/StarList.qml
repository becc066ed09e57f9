// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle

// Stars in a column. To ask for them again it is pulled down beyond its top; F5 does the same.
ListView {
    id: list

    property bool outdated // of another search
    property string emptyText
    readonly property bool isPulled: verticalOvershoot < -56

    signal pulled

    anchors.horizontalCenter: parent?.horizontalCenter
    width: Math.min(parent?.width ?? 0, 760)
    topMargin: 8
    bottomMargin: 8
    clip: true
    flickableDirection: Flickable.VerticalFlick
    opacity: outdated ? 0.5 : 1
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Stars")
    onDraggingChanged: {
        if (!dragging && isPulled)
            pulled();
    }

    delegate: StarRow {}

    ScrollBar.vertical: ScrollBar {
        active: list.moving || hovered
    }
    Behavior on opacity {
        NumberAnimation {
            duration: 120
        }
    }

    Caption {
        width: list.width
        y: (list.topMargin - list.verticalOvershoot - height) / 2
        visible: list.verticalOvershoot < -20
        text: list.isPulled ? qsTr("Release to ask again") : qsTr("Pull to ask again")
        color: list.isPulled ? Theme.accent : Theme.muted
        horizontalAlignment: Text.AlignHCenter
        font.pixelSize: Theme.body
        font.weight: Font.DemiBold
    }
    Caption {
        anchors.centerIn: parent
        width: parent.width - 48
        visible: list.count === 0
        text: list.emptyText
        horizontalAlignment: Text.AlignHCenter
        wrapMode: Text.Wrap
        font.pixelSize: 16
    }
    Shortcut {
        sequences: ["F5", "Ctrl+R"]
        onActivated: list.pulled()
    }
}
