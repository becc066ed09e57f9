// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle

Label {
    color: Theme.muted
    font.pixelSize: Theme.small
}
