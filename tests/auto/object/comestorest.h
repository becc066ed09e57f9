// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/SyncCacheObject>

#include <QtTest/qtest.h>

#include <atomic>

// Loads were begun, and for a while none is added: waits for it.
inline bool comesToRest(SyncCacheObject &object, const std::atomic<int> &loads)
{
    for (int i = 0; i < 50; ++i) {
        object.cache()->waitForDone();
        const int before = loads;
        QTest::qWait(100);
        object.cache()->waitForDone();
        if (before > 0 && loads == before)
            return true;
    }
    return false;
}
