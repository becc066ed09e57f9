// SPDX-License-Identifier: MIT

pragma Singleton

import QtQuick

QtObject {
    enum Scheme {
        System,
        Light,
        Dark
    }

    property int scheme: Theme.System
    readonly property bool dark: scheme === Theme.System ? system.window.hslLightness < 0.5 : scheme === Theme.Dark

    readonly property SystemPalette system: SystemPalette {}

    readonly property color window: dark ? "#131416" : "#f7f7f5"
    readonly property color surface: dark ? "#1c1e21" : "#ffffff"
    readonly property color raised: dark ? "#3a3e44" : "#ffffff"
    readonly property color sunken: dark ? "#24272b" : "#ebebe7"
    readonly property color line: dark ? "#2d3035" : "#dfdfdb"
    readonly property color text: dark ? "#ededee" : "#1a1b1d"
    readonly property color muted: dark ? "#9a9ea6" : "#66696f"
    readonly property color accent: dark ? "#7aa5ff" : "#2563eb"
    readonly property color danger: dark ? "#ff8177" : "#bf2f26"
    readonly property color good: dark ? "#4fc58a" : "#15803d"

    readonly property int small: 12
    readonly property int body: 13
    readonly property int heading: 20

    function toggle() {
        scheme = dark ? Theme.Light : Theme.Dark;
    }

    function tint(color: color, alpha: real): color {
        return Qt.rgba(color.r, color.g, color.b, alpha);
    }
}
