// SPDX-License-Identifier: MIT
//
// A program that synchronises with something, and has such types of its own.
#define SYNCMAP_DISABLE_DEPRECATED_UP_TO 0x010000
#include <SyncMap/SyncCacheObject>
#include <SyncMap/SyncMap>

struct SyncEntryOptions
{
    int own = 1;
};
struct SyncEntryInfo
{
};
template <typename A, typename B, typename C>
struct SyncLoadResult
{
};
template <typename A, typename B, typename C>
struct SyncLoadContext
{
};
struct SyncLoadOptions
{
};
template <typename A, typename B, typename C>
struct SyncPendingLoad
{
};
enum SyncPoolUse { OwnPool };
struct SyncConnection
{
};
struct SyncRemovalConnection
{
};
enum SyncRemovalCause { OwnCause };
enum SyncTrimLevel { OwnLevel };
struct SyncManualClock
{
};
template <typename A, typename B, typename C>
struct SyncKeyText
{
};
inline constexpr int SyncForever = 2;

bool ownTypesHaveTheirNames();

bool ownTypesHaveTheirNames()
{
    SyncCache<int, int> cache;
    cache.insert(1, SyncEntryOptions().own,
                 SyncCacheEntryOptions().setTimeToLive(SyncCacheForever));
    return cache.value(1) == 1 && SyncForever == 2;
}
