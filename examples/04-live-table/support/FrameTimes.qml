// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle
import LiveTable

// The chart of frame times, with its scale.
Item {
    id: frames

    readonly property alias percentile: chart.percentile

    property bool wasUsual

    function add(usual: bool) {
        chart.frame(wasUsual ? Theme.danger : Theme.accent); // as it was when the frame began
        wasUsual = usual;
    }
    function beginAnew() {
        chart.beginAnew();
    }

    Accessible.role: Accessible.Chart
    Accessible.name: qsTr("Time between frames")

    Rectangle {
        id: plate

        anchors.fill: parent
        anchors.leftMargin: 20
        anchors.rightMargin: 20
        anchors.bottomMargin: 12
        radius: 10
        color: Theme.surface
        border.width: 1
        border.color: Theme.line

        FrameChart {
            id: chart

            anchors.fill: parent
            anchors.margins: 1
            anchors.leftMargin: 12
            anchors.topMargin: 30
            anchors.rightMargin: 66
            anchors.bottomMargin: 10
        }
        ChartLine {
            chart: chart
            level: 0
        }
        ChartLine {
            chart: chart
            level: 0.5
        }
        ChartLine {
            chart: chart
            level: 1
        }
        Caption {
            x: 12
            y: 8
            text: qsTr("Time between frames, last %L1 s").arg(chart.seconds)
        }
        Row {
            anchors.right: parent.right
            anchors.rightMargin: 76
            y: 8
            spacing: 14
            visible: plate.width > 480

            Swatch {
                color: Theme.accent
                text: qsTr("SyncMap")
            }
            Swatch {
                color: Theme.danger
                text: qsTr("signal per write")
            }
        }
    }
}
