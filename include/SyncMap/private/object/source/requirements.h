// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccache.h>
#include <SyncMap/map/syncmap.h>

#include <type_traits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What SyncCacheObject asks of a map that it is to show, each with its one sentence.

template <typename Key, typename T>
std::true_type isMapTest(const SyncMap<Key, T> *);
template <typename Key, typename T>
std::true_type isMapTest(const SyncCache<Key, T> *);
std::false_type isMapTest(...);
template <typename Map>
inline constexpr bool isMap = decltype(isMapTest(static_cast<Map *>(nullptr)))::value;

template <typename Map, bool = isMap<Map>>
struct CopiesShownValues : std::true_type
{
};
template <typename Map>
struct CopiesShownValues<Map, true> : std::is_copy_constructible<typename Map::mapped_type>
{
};

template <typename Map>
struct CanBeShown : std::bool_constant<isMap<Map> && CopiesShownValues<Map>::value>
{
    static_assert(
            isMap<Map>,
            "a SyncCacheObject shows a SyncMap or a SyncCache, by a std::shared_ptr to it, or, "
            "if it is wrapped, by a pointer");
    static_assert(CopiesShownValues<Map>::value,
                  "a SyncCacheObject copies the values that it shows, and those of this map cannot "
                  "be copied");
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
