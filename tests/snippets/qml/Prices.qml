// SPDX-License-Identifier: MIT
//! [all]
import QtQuick
import SyncMap

Text {
    id: price

    SyncCache { id: prices; name: "prices" }
    text: prices.entry("AERO").value ?? "…"
}
//! [all]
