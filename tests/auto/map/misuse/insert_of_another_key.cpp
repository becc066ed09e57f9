// SPDX-License-Identifier: MIT
// insert(key, value) needs

#include <SyncMap/SyncMap>

#include <QtCore/qstring.h>

void misuse();

void misuse()
{
    SyncMap<int, int> map;
    map.insert(QString(), 2);
}
