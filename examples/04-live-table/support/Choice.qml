// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle

// One of two, side by side.
Rectangle {
    id: choice

    property string first
    property string second
    property bool isSecond

    signal chosen(bool isSecond)

    implicitWidth: row.implicitWidth + 6
    implicitHeight: 42
    radius: 10
    color: Theme.sunken

    Row {
        id: row

        x: 3
        y: 3

        Option {
            text: choice.first
            checked: !choice.isSecond
            onClicked: choice.chosen(false)
        }
        Option {
            text: choice.second
            checked: choice.isSecond
            onClicked: choice.chosen(true)
        }
    }
}
