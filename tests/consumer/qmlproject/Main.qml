// SPDX-License-Identifier: MIT
import QtQml
import SyncMap

QtObject {
    property SyncCache prices: SyncCache { id: prices; name: "prices" }
    property real price: prices.entry("ACME").value ?? 0

    onPriceChanged: {
        console.log("ACME costs", price);
        Qt.exit(price === 42.5 ? 0 : 2);
    }
}
