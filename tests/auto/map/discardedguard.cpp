// SPDX-License-Identifier: MIT

// Compiled by a test, which looks for the warning.

#include <SyncMap/SyncMap>

void guardsNothing(const SyncMap<int, int> &map);

void guardsNothing(const SyncMap<int, int> &map)
{
    map.guard();
}
