// SPDX-License-Identifier: MIT
#include <SyncMap/SyncMap>

int main()
{
    SyncMap<int, int> map;
    map.insert(1, 42);
    return map.value(1) == 42 ? 0 : 1;
}
