// SPDX-License-Identifier: MIT
// insert(key, value) needs

#include <SyncMap/SyncMap>

#include <QtCore/qstring.h>

void misuse();

void misuse()
{
    SyncMap<int, QString> map;
    map.insert(1, 2.5);
}
