// SPDX-License-Identifier: MIT
import QtQuick
import SyncMap

Column {
    id: page

    property alias cache: users
    property alias entry: user
    property alias view: list
    property alias label: label
    property string query: "ad"

    //! [loader]
    SyncCache {
        id: users

        maxCost: 500
        timeToLive: 60000 // milliseconds
        loader: (key, request) => {
            if (key === "user/0")
                request.absent(); // there is no such user
            else
                return { name: `User ${key.slice(5)}`, age: 36 }; // or a Promise of it
        }
    }
    //! [loader]

    //! [entry]
    CacheEntry { id: user; cache: users; key: "user/42" } // loads what is missing
    Text {
        id: label

        text: user.status === CacheEntry.Error ? user.errorString : user.value?.name ?? "…"
        opacity: user.stale ? 0.5 : 1
    }
    //! [entry]

    //! [list]
    ListView {
        id: list

        width: 200
        height: 300
        model: CacheModel { cache: users; keyPrefix: "user/" }
        delegate: Text {
            required property string key
            required property var value

            text: `${key}: ${value?.name ?? "…"}`
        }
    }
    //! [list]

    //! [delegates]
    ListView {
        height: 300
        // Keys of one's own, in their order; what becomes visible is loaded, what leaves is canceled.
        model: CacheModel { cache: users; keys: ["user/1", "user/2", "user/3"] }
        delegate: Text {
            required property CacheEntry entry

            text: entry.value?.name ?? "…"
        }
    }
    //! [delegates]

    //! [search]
    CacheEntry {
        cache: users
        key: `user/${page.query}`
        debounce: 200 // five keystrokes, one load
        retainWhileLoading: true // the old result stays until the new one has come
    }
    //! [search]

    //! [write]
    function rename(name: string) {
        user.value = { name, age: user.value.age }; // assign a new one: parts cannot be changed
    }
    function visited() {
        users.compute("visits", n => (n ?? 0) + 1); // loses nothing beside a worker
    }
    //! [write]
}
