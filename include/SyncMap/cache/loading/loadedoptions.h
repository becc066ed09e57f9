// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/options.h>

namespace SyncMapInternal {

// What a loader says of the entry that it loaded.
struct LoadedOptions
{
    SyncEntryOptions entry;
    bool stale = false;
};

} // namespace SyncMapInternal
