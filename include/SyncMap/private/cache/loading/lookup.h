// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What a load finds in the cache.
template <typename T>
struct Lookup
{
    std::optional<T> value;
    bool isStale = false;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
