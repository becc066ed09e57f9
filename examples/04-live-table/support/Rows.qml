// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import LiveTable
import SyncMap

// Rows in as many columns as fit; they take more height where there is some.
GridView {
    id: rows

    property Feed feed
    property SyncCache prices
    readonly property int columns: Math.max(1, Math.floor(width / 290))

    leftMargin: 10
    rightMargin: 10
    cellWidth: Math.floor((width - 20) / columns)
    cellHeight: Math.max(34, Math.min(44, Math.floor(height / Math.ceil(count / columns))))
    clip: true
    focus: true
    boundsBehavior: Flickable.StopAtBounds
    cacheBuffer: 2000
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Prices")

    ScrollBar.vertical: ScrollBar {}
}
