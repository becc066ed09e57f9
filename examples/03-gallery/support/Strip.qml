// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Layouts
import ExampleStyle

// A line of figures, with the history of the first one, that wraps where the window is narrow.
Rectangle {
    id: strip

    property string title
    property real level // 0 to 1
    property var parts: []

    readonly property string summary: parts.reduce((line, part) => `${line}, ${part}`, title)
    readonly property bool narrow: width < 560

    implicitHeight: grid.implicitHeight + 20
    color: Theme.surface
    Accessible.role: Accessible.StatusBar
    Accessible.name: summary

    Rectangle {
        width: parent.width
        height: 1
        color: Theme.line
    }
    GridLayout {
        id: grid

        x: 20
        y: 10
        width: parent.width - 40
        columns: strip.narrow ? 1 : 2
        columnSpacing: 10
        rowSpacing: 6

        RowLayout {
            Layout.alignment: Qt.AlignTop
            spacing: 10

            Caption {
                text: strip.title
                color: Theme.text
                font.weight: Font.DemiBold
            }
            Sparkline {
                id: history

                implicitWidth: 63
                implicitHeight: 14
                bars: true
                capacity: 16
                maximum: 1
                color: Theme.accent

                Timer {
                    interval: 250
                    running: true
                    repeat: true
                    onTriggered: history.append(strip.level)
                }
            }
        }
        Caption {
            Layout.fillWidth: true
            text: strip.parts.map(part => part.replace(/ /g, "\u00a0")).join("\u00a0\u00a0·  ") // lines end with a dot, and do not begin with one
            wrapMode: Text.Wrap
        }
    }
}
