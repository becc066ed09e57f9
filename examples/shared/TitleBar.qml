// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import ExampleStyle

RowLayout {
    id: bar

    property string title
    property string subtitle
    default property alias content: more.data

    spacing: 12

    Label {
        Layout.leftMargin: 20
        Layout.topMargin: 14
        Layout.bottomMargin: 10
        Layout.fillWidth: true
        Layout.maximumWidth: implicitWidth + 1
        text: bar.title
        color: Theme.text
        elide: Text.ElideMiddle
        font.pixelSize: Theme.heading
        font.weight: Font.DemiBold
        Accessible.role: Accessible.Heading
        Accessible.name: text
    }
    Label {
        Layout.fillWidth: true
        Layout.topMargin: 8
        text: bar.subtitle
        color: Theme.muted
        elide: Text.ElideRight
        font.pixelSize: Theme.body
    }
    Row {
        id: more

        spacing: 8
    }
    SchemeButton {
        Layout.rightMargin: 14
    }
}
