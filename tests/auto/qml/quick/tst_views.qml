// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import SyncMap

Item {
    id: root

    width: 200
    height: 400

    SyncCache {
        id: cache

        notifyInterval: 0
        maxCost: 10000
    }

    CacheModel {
        id: rows

        cache: cache
        keyPrefix: "row/"
        sorted: true
    }

    ListView {
        id: view

        anchors.fill: parent
        model: rows
        delegate: Text {
            required property string key
            required property var value

            height: 20
            text: `${key}: ${value}`
        }
    }

    // As of a FrameAnimation: the frames give the rhythm.
    SyncCache {
        id: framed

        notifyInterval: -1
    }

    FrameAnimation {
        running: true
        onTriggered: framed.flush()
    }

    CacheEntry {
        id: entry

        cache: framed
        key: "key"
    }

    TestCase {
        function name(i: int): string {
            return "row/" + String(i).padStart(4, "0");
        }

        function init() {
            cache.clear();
            tryCompare(view, "count", 0);
        }

        function test_rowsFollowTheCache() {
            cache.insert("other", 1);
            for (let i = 0; i < 100; ++i)
                cache.insert(name(i), i);
            tryCompare(view, "count", 100);
            tryVerify(() => view.itemAtIndex(0)?.text === "row/0000: 0");
            cache.insert(name(0), "new");
            tryVerify(() => view.itemAtIndex(0)?.text === "row/0000: new");
            cache.remove(name(0));
            tryCompare(view, "count", 99);
            tryVerify(() => view.itemAtIndex(0)?.text === "row/0001: 1");
        }

        function test_whatIsVisibleStaysWhenRowsComeAbove() {
            for (let i = 1000; i < 1200; ++i)
                cache.insert(name(i), i);
            tryCompare(view, "count", 200);
            view.positionViewAtIndex(100, ListView.Beginning);
            const shown = () => view.itemAt(5, view.contentY + 5)?.key;
            tryVerify(() => shown() === name(1100));
            for (let i = 0; i < 50; ++i)
                cache.insert(name(i), i);
            tryCompare(view, "count", 250);
            compare(shown(), name(1100));
            for (let i = 0; i < 50; ++i)
                cache.remove(name(i));
            tryCompare(view, "count", 200);
            compare(shown(), name(1100));
        }

        function test_framesGiveTheRhythm() {
            framed.insert("key", 1);
            tryCompare(entry, "value", 1);
            framed.insert("key", 2);
            tryCompare(entry, "value", 2);
        }

        name: "Views"
        when: windowShown
    }
}
