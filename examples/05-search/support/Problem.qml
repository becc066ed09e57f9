// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import ExampleStyle

// What went wrong, with a way to try again; nothing without a text.
Item {
    id: problem

    property string text

    signal retry

    anchors.horizontalCenter: parent?.horizontalCenter
    width: Math.min(parent?.width ?? 0, 760) - 28
    height: text ? row.implicitHeight + 12 : 0
    visible: text
    Accessible.role: Accessible.AlertMessage
    Accessible.name: text

    Rectangle {
        anchors.fill: parent
        anchors.topMargin: 12
        radius: 10
        color: Theme.tint(Theme.danger, 0.1)
    }
    RowLayout {
        id: row

        y: 12
        width: parent.width
        spacing: 12

        Rectangle {
            Layout.leftMargin: 12
            implicitWidth: 22
            implicitHeight: 22
            radius: 11
            color: Theme.danger

            Label {
                anchors.centerIn: parent
                text: "!"
                color: Theme.window
                font.pixelSize: 15
                font.weight: Font.Bold
            }
        }
        Label {
            Layout.fillWidth: true
            Layout.topMargin: 14
            Layout.bottomMargin: 14
            text: problem.text
            color: Theme.danger
            wrapMode: Text.Wrap
            font.pixelSize: Theme.body
            font.weight: Font.Medium
        }
        AbstractButton {
            id: button

            Layout.rightMargin: 6
            implicitHeight: 34
            leftPadding: 14
            rightPadding: 14
            text: qsTr("Retry")
            Accessible.name: text
            onClicked: problem.retry()

            background: Rectangle {
                radius: 8
                color: Theme.tint(Theme.danger, button.down || button.hovered ? 0.2 : 0)
                border.width: button.visualFocus ? 2 : 1
                border.color: Theme.danger
            }
            contentItem: Label {
                text: button.text
                color: Theme.danger
                verticalAlignment: Text.AlignVCenter
                font.pixelSize: Theme.body
                font.weight: Font.DemiBold
            }
        }
    }
}
