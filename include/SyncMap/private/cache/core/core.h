// SPDX-License-Identifier: MIT
//
// The map of a cache, and beside it what bounds it: how entries come, leave and grow old.
//
// Begin with cachecore.h, whose comment says what happens under the one lock of the writers, and what
// does not; entry.h is what an entry knows beside its value, cachelock.h how a writer that holds the
// lock does the work of those who wait for it; filework.h saves and restores in a pool.
//
// May use: policy, expiry, loading, removal, file.
#pragma once

#include <SyncMap/private/cache/core/cachecore.h>
#include <SyncMap/private/cache/core/cachelock.h>
#include <SyncMap/private/cache/core/entry.h>
#include <SyncMap/private/cache/core/filework.h>
