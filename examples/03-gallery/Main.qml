// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle
import Gallery
import SyncMap

ApplicationWindow {
    id: window

    property alias folder: pictures.url
    property bool tour
    readonly property bool settled: !pictures.listing && !grid.touring && strip.loading === 0
    readonly property string summary: strip.summary

    width: 1280
    height: 800
    minimumWidth: 300
    minimumHeight: 320
    visible: true
    title: `${(grid.currentItem as Tile)?.name ?? ""} – ${pictures.name}`
    color: Theme.window

    SyncCache {
        id: thumbnails

        name: "thumbnails" // published in main.cpp
    }
    PictureGrid {
        id: grid

        anchors.fill: parent
        anchors.leftMargin: 14
        anchors.rightMargin: 14
        model: CacheModel {
            cache: thumbnails
            keys: pictures.paths
        }
        tour: window.tour && !pictures.listing
        delegate: Tile {}
        onActivated: (currentItem as Tile)?.open()
        Accessible.name: qsTr("Pictures of %1").arg(pictures.name)
    }
    PictureFolder {
        id: pictures
    }
    Caption {
        anchors.centerIn: parent
        width: Math.min(parent.width - 48, 320)
        visible: grid.count === 0
        text: pictures.listing ? qsTr("Looking for pictures …") : qsTr("%1\n\nDrop a folder of pictures here").arg(pictures.errorString || qsTr("No pictures"))
        horizontalAlignment: Text.AlignHCenter
        wrapMode: Text.Wrap
        font.pixelSize: 16
    }
    FolderDrop {
        anchors.fill: parent
        onTaken: folder => pictures.url = folder
    }

    header: TitleBar {
        title: pictures.name
        subtitle: grid.count > 0 ? qsTr("%L1 pictures").arg(grid.count) : ""
    }
    footer: StatusStrip {
        id: strip

        cache: thumbnails
    }
}
