// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic

// A grid that fills its width, with at least two columns, and that keys move through.
GridView {
    id: grid

    readonly property int columns: Math.max(2, Math.floor(width / 216))
    readonly property int page: Math.max(1, Math.floor(height / cellHeight)) * columns

    property bool tour // for a picture: down and up again, as one drags a scroll bar
    readonly property bool touring: journey.running

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

    // A page at once: every tile is there for a moment, and hardly longer.
    Timer {
        id: journey

        property int turns
        property int direction: 1

        interval: 16
        running: grid.tour && turns < 16
        repeat: true
        onTriggered: {
            const end = Math.max(0, Math.min(grid.contentHeight - grid.height, Math.ceil(300 / grid.columns) * grid.cellHeight));
            grid.contentY = Math.max(0, Math.min(end, grid.contentY + direction * grid.height));
            if (grid.contentY === (direction > 0 ? end : 0)) {
                direction = -direction;
                ++turns;
            }
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
