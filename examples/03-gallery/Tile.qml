// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle
import Gallery
import SyncMap

Item {
    id: tile

    required property int index
    required property string key
    required property CacheEntry entry // loads while the tile is there
    readonly property PictureGrid grid: GridView.view as PictureGrid
    readonly property string name: key.slice(key.lastIndexOf("/") + 1)

    function open() {
        if (tile.entry.status === CacheEntry.Error)
            entry.refresh();
        else
            Qt.openUrlExternally("file://" + encodeURI(key));
    }

    width: grid.cellWidth
    height: grid.cellHeight
    Accessible.role: Accessible.ListItem
    Accessible.name: name
    Accessible.description: frame.busy ? qsTr("loading") : frame.problem
    Accessible.onPressAction: open()
    Component.onCompleted: Census.add(entry)

    PictureFrame {
        id: frame

        anchors.fill: parent
        anchors.margins: 7
        anchors.bottomMargin: 33
        source: tile.entry.imageSource
        busy: tile.entry.status === CacheEntry.Loading
        problem: tile.entry.status === CacheEntry.Error ? tile.entry.errorString : ""
        focused: tile.GridView.isCurrentItem && tile.grid.activeFocus
    }
    Caption {
        x: 9
        y: parent.height - 25
        width: parent.width - 18
        text: tile.name
        color: tile.GridView.isCurrentItem ? Theme.text : Theme.muted
        elide: Text.ElideMiddle
    }
    TapHandler {
        onTapped: tile.grid.currentIndex = tile.index
        onDoubleTapped: tile.open()
    }
}
