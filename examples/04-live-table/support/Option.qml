// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle

AbstractButton {
    id: option

    leftPadding: 14
    rightPadding: 14
    height: 36
    Accessible.role: Accessible.RadioButton
    Accessible.name: text
    Accessible.checkable: true
    Accessible.checked: checked

    background: Rectangle {
        radius: 8
        color: option.checked ? Theme.raised : "transparent"
        border.width: option.visualFocus ? 2 : 0
        border.color: Theme.accent
    }
    contentItem: Label {
        text: option.text
        color: option.checked ? Theme.text : Theme.muted
        verticalAlignment: Text.AlignVCenter
        font.pixelSize: Theme.body
        font.weight: option.checked ? Font.DemiBold : Font.Normal
    }
}
