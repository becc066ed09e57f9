// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle

Column {
    id: figure

    property string value
    property string label
    property alias color: number.color

    Accessible.role: Accessible.StaticText
    Accessible.name: value + " " + label

    Label {
        id: number

        width: Math.max(implicitWidth, 76)
        text: figure.value
        color: Theme.text
        font.pixelSize: 22
        font.weight: Font.DemiBold
    }
    Caption {
        text: figure.label
    }
}
