// SPDX-License-Identifier: MIT
import QtQuick
import SyncMap

Item {
    property alias picture: picture

    SyncCache { id: pictures; name: "pictures" }
    //! [image]
    CacheEntry { id: cover; cache: pictures; key: "cover" }
    Image { id: picture; source: cover.imageSource } // image://syncmap/pictures/cover?v=1
    //! [image]
}
