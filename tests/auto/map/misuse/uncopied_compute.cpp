// SPDX-License-Identifier: MIT
// cannot be copied: a reader may be looking at the original

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<int, std::unique_ptr<int>> map;
    const auto nothing = [](const std::unique_ptr<int> *) -> std::optional<std::unique_ptr<int>> {
        return {};
    };
    map.compute(1, nothing);
}
