// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle

// The switch, and what came of it in the last second.
Flow {
    id: figures

    property bool usual
    property real writes
    property real deliveries
    property real percentile

    signal chosen(bool usual)

    function rounded(number: real): string {
        if (number >= 1e6)
            return qsTr("%L1 M").arg(Math.round(number / 1e5) / 10);
        return number >= 1e4 ? qsTr("%L1 k").arg(Math.round(number / 1e3)) : Math.round(number);
    }

    padding: 20
    topPadding: 6
    bottomPadding: 14
    spacing: 24

    Choice {
        first: qsTr("SyncMap")
        second: qsTr("QHash + QMutex + signal per write")
        isSecond: figures.usual
        onChosen: isSecond => figures.chosen(isSecond)
    }
    Figure {
        value: figures.rounded(figures.writes)
        label: qsTr("writes / s")
    }
    Figure {
        value: figures.rounded(figures.deliveries)
        label: figures.usual ? qsTr("signals / s") : qsTr("flushes / s")
        color: figures.usual ? Theme.danger : Theme.text
    }
    Figure {
        value: qsTr("%L1 ms").arg(Math.round(figures.percentile))
        label: qsTr("frame p99")
        color: figures.percentile > 33 ? Theme.danger : Theme.text
    }
}
