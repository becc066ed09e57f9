// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/SyncCacheObject>

#include <QtTest/qtest.h>

#include <atomic>

// Loads were begun, and for a while none is added. To be asked until it is so.
inline bool comesToRest(SyncCacheObject &object, const std::atomic<int> &loads)
{
    object.cache()->waitForDone();
    const int before = loads;
    QTest::qWait(100);
    object.cache()->waitForDone();
    return before > 0 && loads == before;
}
