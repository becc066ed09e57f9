// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

namespace SyncMapInternal {

// What a load finds in the cache.
template <typename T>
struct Lookup
{
    std::optional<T> value;
    bool isStale = false;
};

} // namespace SyncMapInternal
