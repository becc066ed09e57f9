// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle

// A star as it is seen: the brighter the larger, the cooler the redder.
Item {
    id: row

    required property var modelData
    readonly property real magnitude: modelData.magnitude

    function tint(spectrum: string): color {
        const tints = {
            O: "#9db4ff",
            B: "#aabfff",
            A: "#d5e0ff",
            F: "#fbf8ff",
            G: "#fff1dd",
            K: "#ffd0a0",
            M: "#ffa870"
        };
        return tints[spectrum] ?? "white";
    }

    width: ListView.view?.width ?? 0
    height: 62
    Accessible.role: Accessible.ListItem
    Accessible.name: name.text
    Accessible.description: `${place.text}, ${distance.text}, ${brightness.text}`

    Rectangle {
        id: sky

        x: 16
        anchors.verticalCenter: parent.verticalCenter
        width: 40
        height: 40
        radius: 20
        color: Theme.dark ? "#060709" : "#171c2b"

        Rectangle {
            anchors.centerIn: parent
            width: 2 * star.width
            height: width
            radius: width / 2
            color: Theme.tint(star.color, 0.2)
        }
        Rectangle {
            id: star

            anchors.centerIn: parent
            width: 2 * Math.max(2, Math.round(7 - row.magnitude)) // even, so that it is in the middle
            height: width
            radius: width / 2
            color: row.tint(row.modelData.spectrum)
        }
    }
    Label {
        id: name

        anchors.left: sky.right
        anchors.leftMargin: 14
        anchors.right: distance.left
        anchors.rightMargin: 12
        y: 12
        text: row.modelData.name
        color: Theme.text
        elide: Text.ElideRight
        font.pixelSize: 15
        font.weight: Font.DemiBold
    }
    Caption {
        id: place

        anchors.left: name.left
        anchors.right: brightness.left
        anchors.rightMargin: 12
        y: 34
        text: row.modelData.constellation
        elide: Text.ElideRight
    }
    Label {
        id: distance

        anchors.right: parent.right
        anchors.rightMargin: 18
        anchors.baseline: name.baseline
        text: qsTr("%L1 light years").arg(row.modelData.lightYears)
        color: Theme.text
        font.pixelSize: Theme.body
    }
    Caption {
        id: brightness

        anchors.right: distance.right
        anchors.baseline: place.baseline
        text: qsTr("magnitude %1").arg(row.magnitude.toFixed(2).replace("-", "−"))
    }
    Rectangle {
        anchors.left: name.left
        anchors.right: distance.right
        y: parent.height - 1
        height: 1
        color: Theme.line
        opacity: 0.6
    }
}
