// SPDX-License-Identifier: MIT

import QtQuick
import ExampleStyle
import Gallery
import SyncMap

Item {
    id: tile

    required property int index
    required property string path
    readonly property PictureGrid grid: GridView.view as PictureGrid
    readonly property string name: path.slice(path.lastIndexOf("/") + 1)

    function open() {
        if (entry.status === CacheEntry.Error)
            entry.refresh();
        else
            Qt.openUrlExternally("file://" + encodeURI(path));
    }

    width: grid.cellWidth
    height: grid.cellHeight
    Accessible.role: Accessible.ListItem
    Accessible.name: name
    Accessible.description: frame.busy ? qsTr("loading") : frame.problem
    Accessible.onPressAction: open()

    // Loads while the tile is there, and cancels that when it goes.
    CacheEntry {
        id: entry

        cache: tile.grid.cache
        key: tile.path
        priority: -tile.index // what is under way is visible; from the top
    }
    PictureFrame {
        id: frame

        anchors.fill: parent
        anchors.margins: 7
        anchors.bottomMargin: 33
        source: entry.imageSource
        busy: entry.status === CacheEntry.Loading
        problem: entry.status === CacheEntry.Error ? entry.errorString : ""
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
