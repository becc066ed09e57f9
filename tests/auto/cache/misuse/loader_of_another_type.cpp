// SPDX-License-Identifier: MIT
// a loader is T(const Key &) or T(const Key &, const

#include <SyncMap/SyncCache>

#include <QtCore/qstring.h>

void misuse();

void misuse()
{
    SyncCache<int, QString> cache;
    cache.setLoader([](int key) { return key; });
}
