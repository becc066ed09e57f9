// SPDX-License-Identifier: MIT

import QtQuick
import QtQuick.Controls.Basic
import ExampleStyle
import Search
import SyncMap

ApplicationWindow {
    id: window

    required property url service
    property alias query: field.script // is typed at the beginning
    readonly property bool settled: !field.typing && !entry.fetching

    width: 1280
    height: 800
    minimumWidth: 300
    minimumHeight: 420
    visible: true
    title: qsTr("Stars")
    color: Theme.window

    SyncCache {
        id: searches

        property int requests
        property int latency // of the last one, in milliseconds

        maxCost: 100 // answers; those that are asked for again stay
        staleTime: 10000 // an older one is shown, and the service asked again
        errorTimeToLive: 3000 // before that, only Retry asks again
        loader: (key, request) => {
            const begin = Date.now();
            const http = new XMLHttpRequest();
            http.onreadystatechange = () => {
                if (http.readyState !== XMLHttpRequest.DONE || request.canceled)
                    return;
                searches.latency = Date.now() - begin;
                if (http.status !== 200)
                    return request.fail(http.status > 0 ? `${http.status} ${http.statusText}` : qsTr("The service does not answer"));
                try {
                    request.finish(JSON.parse(http.responseText));
                } catch (error) {
                    request.fail(qsTr("The answer is not understood"));
                }
            };
            request.canceledChanged.connect(() => http.abort()); // nobody waits any more
            http.open("GET", `${window.service}?q=${encodeURIComponent(key)}`);
            http.send();
            ++searches.requests;
        }
    }
    CacheEntry {
        id: entry

        cache: searches
        key: field.text.trim().toLowerCase()
        debounce: 200 // milliseconds without a keystroke
        retainWhileLoading: true // what was found before, until something else is
    }
    SearchField {
        id: field

        busy: entry.fetching
    }
    Problem {
        id: problem

        anchors.top: field.bottom
        text: entry.errorString
        onRetry: entry.refresh()
    }
    StarList {
        anchors.top: problem.bottom
        anchors.bottom: parent.bottom
        model: entry.value
        outdated: entry.status === CacheEntry.Loading
        emptyText: entry.status === CacheEntry.Ready ? qsTr("No star is called “%1”").arg(entry.key) : ""
        onPulled: entry.refresh()
    }

    header: TitleBar {
        title: window.title
        subtitle: entry.value ? qsTr("%L1 found").arg(entry.value.length) : ""
    }
    footer: StatusLine {
        parts: [qsTr("Requests sent: %L1").arg(searches.requests), qsTr("answered by the cache: %L1").arg(searches.hits), qsTr("last request: %L1 ms").arg(searches.latency)]
    }
}
