// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle

// Light or dark: a sun, or the moon that is a sun with a bite out of it.
AbstractButton {
    id: button

    implicitWidth: 36
    implicitHeight: 36
    Accessible.name: Theme.dark ? qsTr("Light colours") : qsTr("Dark colours")
    onClicked: Theme.toggle()

    background: Rectangle {
        radius: width / 2
        color: button.down || button.hovered ? Theme.sunken : "transparent"
        border.width: button.visualFocus ? 2 : 0
        border.color: Theme.accent
    }
    contentItem: Item {
        Rectangle {
            anchors.centerIn: parent
            width: Theme.dark ? 10 : 16
            height: width
            radius: width / 2
            color: Theme.text
        }
        Repeater {
            model: Theme.dark ? 8 : 0

            Item {
                required property int index

                anchors.centerIn: parent
                width: 20
                height: 2
                rotation: index * 45

                Rectangle {
                    x: 18
                    width: 3
                    height: 2
                    radius: 1
                    antialiasing: true
                    color: Theme.text
                }
            }
        }
        Rectangle {
            anchors.centerIn: parent
            anchors.horizontalCenterOffset: 3
            anchors.verticalCenterOffset: -4
            width: 14
            height: 14
            radius: 7
            visible: !Theme.dark
            color: button.down || button.hovered ? Theme.sunken : Theme.window
        }
    }
}
