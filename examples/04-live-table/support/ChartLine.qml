// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle
import LiveTable

// A line across the chart, with its meaning at the right.
Rectangle {
    id: line

    required property FrameChart chart
    required property real level // 0 to 1

    x: chart.x
    y: chart.y + chart.height * (1 - level)
    width: chart.width
    height: 1
    color: Theme.line

    Caption {
        anchors.verticalCenter: parent.verticalCenter
        x: parent.width + 56 - width
        text: qsTr("%L1 ms").arg(Math.round(line.chart.ceiling * line.level))
    }
}
