// SPDX-License-Identifier: MIT
// needs an operator<< to QDataStream

#include <SyncMap/SyncMap>

#include <QtCore/qdatastream.h>

struct Value
{
    int number;
};

void misuse();

void misuse()
{
    SyncMap<int, Value> map;
    QDataStream stream;
    stream << map;
}
