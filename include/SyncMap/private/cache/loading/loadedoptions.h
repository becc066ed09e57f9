// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What a loader says of the entry that it loaded.
struct LoadedOptions
{
    SyncCacheEntryOptions entry;
    bool stale = false;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
