// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle

// A field with a magnifying glass, which is a spinner while busy.
TextField {
    id: field

    property bool busy
    property string script // is typed letter by letter
    readonly property bool typing: hand.running

    anchors.horizontalCenter: parent?.horizontalCenter
    width: Math.min(parent?.width ?? 0, 760) - 28
    height: 46
    leftPadding: 44
    rightPadding: 44
    focus: true
    selectByMouse: true
    placeholderText: qsTr("A star, or a constellation")
    placeholderTextColor: Theme.muted
    color: Theme.text
    selectionColor: Theme.accent
    selectedTextColor: Theme.window
    font.pixelSize: 16
    inputMethodHints: Qt.ImhNoPredictiveText
    Accessible.role: Accessible.EditableText
    Accessible.name: placeholderText
    Accessible.description: busy ? qsTr("searching") : ""
    Keys.onEscapePressed: clear()

    background: Rectangle {
        radius: 12
        color: Theme.surface
        border.width: field.activeFocus ? 2 : 1
        border.color: field.activeFocus ? Theme.accent : Theme.line
    }

    Item {
        x: 16
        anchors.verticalCenter: parent.verticalCenter
        width: 18
        height: 18
        visible: !field.busy

        Rectangle {
            width: 13
            height: 13
            radius: 6.5
            color: "transparent"
            border.width: 2
            border.color: Theme.muted
        }
        Rectangle {
            x: 10
            y: 12.5
            width: 8
            height: 2
            radius: 1
            rotation: 45
            antialiasing: true
            color: Theme.muted
        }
    }
    BusyIndicator {
        x: 10
        anchors.verticalCenter: parent.verticalCenter
        width: 28
        height: 28
        padding: 2
        running: field.busy
        palette.dark: Theme.muted
    }
    AbstractButton {
        id: cross

        anchors.right: parent.right
        anchors.rightMargin: 6
        anchors.verticalCenter: parent.verticalCenter
        width: 34
        height: 34
        visible: field.text !== ""
        focusPolicy: Qt.NoFocus
        Accessible.name: qsTr("Clear")
        onClicked: field.clear()

        background: Rectangle {
            radius: width / 2
            color: cross.down || cross.hovered ? Theme.sunken : "transparent"
        }
        contentItem: Item {
            Repeater {
                model: [45, -45]

                Rectangle {
                    required property real modelData

                    anchors.centerIn: parent
                    width: 15
                    height: 2
                    radius: 1
                    rotation: modelData
                    antialiasing: true
                    color: Theme.muted
                }
            }
        }
    }
    Timer {
        id: hand

        property int typed

        interval: 60
        running: typed < field.script.length
        repeat: true
        onTriggered: field.insert(field.length, field.script[typed++])
    }
}
