// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle

// One of: a picture, a sign that it is on its way, or why there is none.
Rectangle {
    id: frame

    property alias source: image.source
    property bool busy
    property bool focused
    property string problem

    radius: 10
    color: problem ? Theme.tint(Theme.danger, 0.1) : Theme.sunken

    Image {
        id: image

        // Not by a binding: the implicit size follows the mode.
        function fit() {
            if (status === Image.Ready)
                fillMode = implicitWidth < width && implicitHeight < height ? Image.Pad : Image.PreserveAspectCrop;
        }

        anchors.fill: parent
        opacity: status === Image.Ready ? 1 : 0
        onStatusChanged: fit()
        onWidthChanged: fit()
        onHeightChanged: fit()

        Behavior on opacity {
            NumberAnimation {
                duration: 160
            }
        }
    }
    // Round corners without a shader: a frame of the window's colour over them.
    Rectangle {
        anchors.fill: parent
        anchors.margins: -6
        radius: parent.radius + 6
        color: "transparent"
        border.width: 6
        border.color: Theme.window
    }
    BusyIndicator {
        anchors.centerIn: parent
        width: 40
        height: 40
        running: frame.busy
        palette.dark: Theme.muted
    }
    Column {
        anchors.centerIn: parent
        width: parent.width - 16
        visible: frame.problem
        spacing: 8

        Rectangle {
            anchors.horizontalCenter: parent.horizontalCenter
            width: 26
            height: 26
            radius: 13
            color: Theme.danger

            Label {
                anchors.centerIn: parent
                text: "!"
                color: Theme.window
                font.pixelSize: 17
                font.weight: Font.Bold
            }
        }
        Label {
            width: parent.width
            text: frame.problem
            color: Theme.danger
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.Wrap
            maximumLineCount: 2
            elide: Text.ElideRight
            font.pixelSize: Theme.body
            font.weight: Font.Medium
        }
    }
    Rectangle {
        anchors.fill: parent
        anchors.margins: -5
        visible: frame.focused
        radius: parent.radius + 5
        color: "transparent"
        border.width: 3
        border.color: Theme.accent
    }
}
