// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic

// A grid that fills its width, with at least two columns, and that keys move through.
GridView {
    id: grid

    readonly property int columns: Math.max(2, Math.floor(width / 216))
    readonly property int page: Math.max(1, Math.floor(height / cellHeight)) * columns

    property bool tour // once down and up again, for a picture
    readonly property bool touring: journey.running
    readonly property real journeyEnd: Math.max(0, Math.min(contentHeight - height, 15 * height))

    signal activated

    function moveTo(index: int) {
        currentIndex = Math.max(0, Math.min(count - 1, index));
    }

    cellWidth: Math.floor(width / columns)
    cellHeight: Math.round((cellWidth - 12) * 0.72) + 40
    cacheBuffer: 0
    clip: true
    focus: true
    boundsBehavior: Flickable.StopAtBounds
    highlightMoveDuration: 120
    Accessible.role: Accessible.List

    ScrollBar.vertical: ScrollBar {
        active: grid.moving || hovered
    }

    SequentialAnimation {
        id: journey

        running: grid.tour

        NumberAnimation {
            target: grid
            property: "contentY"
            to: grid.journeyEnd
            duration: grid.journeyEnd / 8
        }
        NumberAnimation {
            target: grid
            property: "contentY"
            to: 0
            duration: grid.journeyEnd / 8
        }
    }

    Keys.onPressed: event => {
        event.accepted = true;
        switch (event.key) {
        case Qt.Key_Home:
            return moveTo(0);
        case Qt.Key_End:
            return moveTo(count - 1);
        case Qt.Key_PageUp:
            return moveTo(currentIndex - page);
        case Qt.Key_PageDown:
            return moveTo(currentIndex + page);
        case Qt.Key_Return:
        case Qt.Key_Enter:
        case Qt.Key_Space:
            return activated();
        default:
            event.accepted = false;
        }
    }
}
