// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/core/core.h>
#include <SyncMap/private/map/requirements.h>

#include <QtCore/qdatastream.h>

#include <optional>
#include <type_traits>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What the members of SyncCache ask of their types beside what those of SyncMap do, each with its
// one sentence. A member asks by `if constexpr`, so that nothing else is said.

// That of a cache of types that are no good is any other one.
template <typename Key, typename T, bool = isComplete<Key> &&isComplete<T>>
struct CoreFor
{
    using Type = CacheCore<Key, T>;
};
template <typename Key, typename T>
struct CoreFor<Key, T, false>
{
    using Type = CacheCore<int, int>;
};

template <typename T>
struct CopiesCachedValues : std::is_copy_constructible<T>
{
    static_assert(
            std::is_copy_constructible_v<T>,
            "this member copies values, and those of this SyncCache cannot be copied: a reader "
            "may be looking at the original. Use insert(), and get() under a guard");
};

template <typename Key, typename T, typename Function>
struct LoadsOne : std::bool_constant<isLoader<Key, T, Function>>
{
    static_assert(isLoader<Key, T, Function>,
                  "a loader is T(const Key &) or T(const Key &, const SyncCacheLoadContext<T> &)");
};

// Void if there is none.
template <typename Key, typename T, typename Function, bool = isDeferredLoader<Key, T, Function>>
struct DeferredResult
{
    using Type = void;
};
template <typename Key, typename T, typename Function>
struct DeferredResult<Key, T, Function, true>
{
    using Type = std::invoke_result_t<Function &, const Key &, LoadContext<Key, T> &>;
};
template <typename Key, typename T, typename Function>
inline constexpr bool returnsToNobody =
        std::is_same_v<std::decay_t<typename DeferredResult<Key, T, Function>::Type>, T>;

template <typename Key, typename T, typename Function>
struct LoadsLater
    : std::bool_constant<isDeferredLoader<Key, T, Function> && !returnsToNobody<Key, T, Function>>
{
    static_assert(isDeferredLoader<Key, T, Function>,
                  "a loader with a context is void(const Key &, const SyncCacheLoadContext<T> &), "
                  "which answers by finish(), fail() or finishAbsent()");
    static_assert(!returnsToNobody<Key, T, Function>,
                  "a loader with a context answers by finish(): nobody takes the value that it "
                  "returns");
};

template <typename Key, typename T, typename Function>
struct LoadsMany : std::bool_constant<isBulkLoader<Key, T, Function>>
{
    static_assert(isBulkLoader<Key, T, Function>,
                  "a bulk loader is QHash<Key, T>(const QList<Key> &)");
};

template <typename Key, typename T, typename Function>
inline constexpr bool isWeigher =
        std::disjunction_v<std::is_null_pointer<Function>,
                           std::is_invocable_r<qsizetype, Function &, const Key &, const T &>>;
template <typename Key, typename T, typename Function>
struct Weighs : std::bool_constant<isWeigher<Key, T, Function>>
{
    static_assert(isWeigher<Key, T, Function>, "a weigher is qsizetype(const Key &, const T &)");
};

template <typename Key, typename T, typename Function>
inline constexpr bool isRemovalListener = std::disjunction_v<
        std::is_null_pointer<Function>,
        std::is_invocable<Function &, const Key &, const T &, SyncCacheRemovalCause>>;
template <typename Key, typename T, typename Function>
struct HearsRemovals : std::bool_constant<isRemovalListener<Key, T, Function>>
{
    static_assert(
            isRemovalListener<Key, T, Function>,
            "onRemoved(context, f) needs an f(const Key &, const T &, SyncCacheRemovalCause)");
};

template <typename Context>
inline constexpr bool isPool = std::is_convertible_v<Context, QThreadPool *>;
template <typename T, typename Function>
inline constexpr bool isResultListener =
        std::disjunction_v<std::is_null_pointer<Function>,
                           std::is_invocable<Function &, const SyncCacheLoadResult<T> &>>;
template <typename T, typename Context, typename Function>
struct HearsResult : std::bool_constant<!isPool<Context> && isResultListener<T, Function>>
{
    static_assert(!isPool<Context>, "a pool is no context: SyncCacheLoadOptions().setPool(pool)");
    static_assert(isPool<Context> || isResultListener<T, Function>,
                  "getOrLoad(key, context, f) needs an f(const SyncCacheLoadResult<T> &)");
};

// Files.

template <typename T, typename = void>
inline constexpr bool isWritten = false;
template <typename T>
inline constexpr bool isWritten<
        T, std::void_t<decltype(std::declval<QDataStream &>() << std::declval<const T &>())>> =
        true;
template <typename T, typename = void>
inline constexpr bool isReadBack = false;
template <typename T>
inline constexpr bool
        isReadBack<T, std::void_t<decltype(std::declval<QDataStream &>() >> std::declval<T &>())>> =
                std::is_default_constructible_v<T>;

template <typename Key, typename T>
struct Saves : std::bool_constant<isWritten<Key> && isWritten<T>>
{
    static_assert(isWritten<Key> && isWritten<T>,
                  "save() needs an operator<< to QDataStream, of keys and of values");
};
template <typename Key, typename T>
struct Restores : std::bool_constant<isReadBack<Key> && isReadBack<T>>
{
    static_assert(isReadBack<Key> && isReadBack<T>,
                  "restore() needs an operator>> from QDataStream, of keys and of values, and that "
                  "they can be made by default");
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
