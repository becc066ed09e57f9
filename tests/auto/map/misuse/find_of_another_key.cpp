// SPDX-License-Identifier: MIT
// needs

#include <SyncMap/SyncMap>

#include <QtCore/qstring.h>

void misuse();

void misuse()
{
    SyncMap<int, int> map;
    map.find(QString());
}
