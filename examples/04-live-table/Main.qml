// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle
import LiveTable
import SyncMap

ApplicationWindow {
    id: window

    required property Feed feed
    property bool tour // some seconds of each, and a picture
    property bool settled

    width: 1280
    height: 800
    minimumWidth: 300
    minimumHeight: 420
    visible: true
    title: qsTr("Live prices")
    color: Theme.window

    SyncCache {
        id: prices

        property int flushes

        name: "prices" // published in main.cpp
        onKeysChanged: ++flushes
    }
    FrameAnimation {
        running: true
        onTriggered: {
            frames.add(window.feed.usual);
            window.feed.frameDrawn();
        }
    }
    Timer {
        interval: 1000
        running: true
        repeat: true
        onTriggered: {
            figures.writes = window.feed.takeWrites();
            figures.deliveries = window.feed.usual ? window.feed.takeSignals() : prices.flushes;
            prices.flushes = 0;
        }
    }
    Timer {
        interval: 6500
        running: window.tour && !window.settled
        repeat: true
        onTriggered: {
            window.settled = !window.feed.usual;
            window.feed.usual = false;
        }
    }
    Component.onCompleted: feed.usual = tour

    header: TitleBar {
        title: window.title
        subtitle: qsTr("%1 symbols, %2").arg(window.feed.symbols.length).arg(window.feed.workers > 1 ? qsTr("%1 workers").arg(window.feed.workers) : qsTr("one worker"))
    }
    Figures {
        id: figures

        width: parent.width
        usual: window.feed.usual
        percentile: frames.percentile
        onChosen: usual => {
            window.feed.usual = usual;
            frames.beginAnew();
        }
    }
    FrameTimes {
        id: frames

        anchors.top: figures.bottom
        width: parent.width
        height: Math.min(170, parent.height / 4)
    }
    Rows {
        anchors.top: frames.bottom
        anchors.bottom: parent.bottom
        width: parent.width
        model: window.feed.symbols
        feed: window.feed
        prices: prices
        delegate: PriceRow {}
    }
}
