// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle
import LiveTable

// A symbol, where its price came from, what it is, and how much that is of the first one seen.
Item {
    id: row

    required property string modelData
    readonly property string symbol: modelData
    readonly property Rows rows: GridView.view as Rows
    readonly property real price: (rows.feed.usual ? rows.feed.latest[symbol] : rows.prices.entry(symbol).value) ?? 0
    property real first
    readonly property real change: first > 0 ? price / first - 1 : 0

    width: rows.cellWidth
    height: rows.cellHeight
    Accessible.role: Accessible.ListItem
    Accessible.name: symbol
    Accessible.description: number.text
    onPriceChanged: {
        if (first === 0)
            first = price;
    }

    Caption {
        x: 12
        width: 52
        height: parent.height
        text: row.symbol
        color: Theme.text
        verticalAlignment: Text.AlignVCenter
        font.pixelSize: Theme.body
        font.weight: Font.DemiBold
    }
    Sparkline {
        id: line

        anchors.left: parent.left
        anchors.leftMargin: 64
        anchors.right: number.left
        y: 6
        height: parent.height - 12
        capacity: 48
        color: row.change < 0 ? Theme.danger : Theme.good

        Timer {
            interval: 150
            running: true
            repeat: true
            onTriggered: {
                if (row.price > 0)
                    line.append(row.price);
            }
        }
    }
    Caption {
        id: number

        anchors.right: percent.left
        width: 74
        height: parent.height
        text: row.price > 0 ? row.price.toFixed(2) : "…"
        color: Theme.text
        horizontalAlignment: Text.AlignRight
        verticalAlignment: Text.AlignVCenter
        font.pixelSize: Theme.body
    }
    Caption {
        id: percent

        anchors.right: parent.right
        anchors.rightMargin: 12
        width: 66
        height: parent.height
        text: (row.change < 0 ? "−" : "+") + Math.abs(row.change * 100).toFixed(2) + " %"
        color: line.color
        horizontalAlignment: Text.AlignRight
        verticalAlignment: Text.AlignVCenter
    }
    Rectangle {
        x: 12
        y: parent.height - 1
        width: parent.width - 24
        height: 1
        color: Theme.line
        opacity: 0.6
    }
}
