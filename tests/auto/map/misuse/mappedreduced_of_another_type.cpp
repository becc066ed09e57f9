// SPDX-License-Identifier: MIT
// needs a reduce(R &, Mapped)

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<int, int> map;
    (void)map.mappedReduced(
            nullptr, [](int, int value) { return value; }, [](int &, const std::string &) {}, 0);
}
