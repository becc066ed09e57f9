// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/engine.h>

#include <QtCore/qglobal.h>

#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

template <typename Key, typename T>
class SyncMap;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What the members of SyncMap ask of their types, and the one sentence that each says if it does
// not get it. A member asks by `if constexpr`, so that nothing else is said.

template <typename T, typename = void>
inline constexpr bool isComplete = false;
template <typename T>
inline constexpr bool isComplete<T, std::void_t<decltype(sizeof(T))>> = true;

template <typename T>
inline constexpr bool isDestroyedSilently =
        std::disjunction_v<std::bool_constant<!isComplete<T>>, std::is_nothrow_destructible<T>>;

// That of a map of types that are no good is any other one.
template <typename Key, typename T, bool = isComplete<Key> &&isComplete<T>>
struct EngineFor
{
    using Type = Engine<Key, T>;
};
template <typename Key, typename T>
struct EngineFor<Key, T, false>
{
    using Type = Engine<int, int>;
};

template <typename T>
struct CopiesValues : std::is_copy_constructible<T>
{
    static_assert(std::is_copy_constructible_v<T>,
                  "this member copies values, and those of this SyncMap cannot be copied: a reader "
                  "may be looking at the original. Use get() under a guard");
};

template <typename Key>
struct CopiesKeys : std::is_copy_constructible<Key>
{
    static_assert(std::is_copy_constructible_v<Key>,
                  "this member copies keys, and those of this SyncMap cannot be copied");
};

template <typename T>
struct HasDefaultValue : std::is_default_constructible<T>
{
    static_assert(
            std::is_default_constructible_v<T>,
            "value(key) needs a default constructor: use value(key, defaultValue), or find()");
};

template <typename T>
struct ComparesValues : HasEquals<T, T>
{
    static_assert(HasEquals<T, T>::value, "this member needs an operator== of the values");
};

template <typename T, typename... Arguments>
struct BuildsValue : std::is_constructible<T, Arguments...>
{
    static_assert(std::is_constructible_v<T, Arguments...>,
                  "tryEmplace(key, arguments...) needs a constructor of the value with such "
                  "arguments");
};

template <typename T, typename Make>
struct MakesValue : std::is_invocable_r<T, Make>
{
    static_assert(std::is_invocable_r_v<T, Make>,
                  "getOrInsert(key, make) needs a make() that returns a value");
};

template <typename T, typename Function>
struct ComputesValue : std::is_invocable_r<std::optional<T>, Function, const T *>
{
    static_assert(std::is_invocable_r_v<std::optional<T>, Function, const T *>,
                  "compute(key, f) needs an f(const T *current) that returns a std::optional<T>");
};

template <typename T, typename Function>
struct TakesValue : std::is_invocable<Function, T &&>
{
    static_assert(std::is_invocable_v<Function, T &&> && std::is_move_constructible_v<T>,
                  "takeLater(key, f) needs an f(T &&), and values that can be moved");
};

template <typename Key, typename T, typename Function>
struct VisitsEntries : std::is_invocable<Function, const Key &, const T &>
{
    static_assert(std::is_invocable_v<Function, const Key &, const T &>,
                  "to visit the entries needs an f(const Key &, const T &)");
};

template <typename Key, typename T, typename Predicate>
struct ChoosesEntries : std::is_invocable_r<bool, Predicate, const Key &, const T &>
{
    static_assert(std::is_invocable_r_v<bool, Predicate, const Key &, const T &>,
                  "removeIf(predicate) needs a bool predicate(const Key &, const T &)");
};

template <typename Key, typename T, typename Map, typename Reduce, typename R>
inline constexpr bool reducesMapped =
        std::is_invocable_v<Reduce, R &,
                            std::decay_t<std::invoke_result_t<Map, const Key &, const T &>>>;
template <typename Key, typename T, typename Map, typename Reduce, typename R>
struct ReducesMapped : std::bool_constant<reducesMapped<Key, T, Map, Reduce, R>>
{
    static_assert(reducesMapped<Key, T, Map, Reduce, R>,
                  "mappedReduced(pool, map, reduce, initial) needs a reduce(R &, Mapped), for what "
                  "map(const Key &, const T &) returns and the R that it begins with");
};

// Ranges.

template <typename Key, typename Other>
inline constexpr bool isKeyOrLike =
        std::disjunction_v<std::is_convertible<Other, Key>,
                           SyncMapKeyLike<Key, std::remove_cv_t<std::remove_reference_t<Other>>>>;

// What stands at an iterator: it has a key() and a value(), as those of Qt's containers, or points
// to what has a first and a second.
template <typename Iterator, typename = void>
struct HasKeyAndValue : std::false_type
{
};
template <typename Iterator>
struct HasKeyAndValue<Iterator,
                      std::void_t<decltype(std::declval<Iterator &>().key()),
                                  decltype(std::declval<Iterator &>().value())>> : std::true_type
{
};

template <typename Key, typename T, typename Iterator, typename = void>
struct PointsToEntries : std::false_type
{
};
template <typename Key, typename T, typename Iterator>
struct PointsToEntries<
        Key, T, Iterator,
        std::enable_if_t<HasKeyAndValue<Iterator>::value
                         && isKeyOrLike<Key, decltype(std::declval<Iterator &>().key())>
                         && std::is_convertible_v<decltype(std::declval<Iterator &>().value()), T>>>
    : std::true_type
{
};
template <typename Key, typename T, typename Iterator>
struct PointsToEntries<
        Key, T, Iterator,
        std::enable_if_t<
                !HasKeyAndValue<Iterator>::value
                && isKeyOrLike<Key, decltype(((*std::declval<Iterator &>()).first))>
                && std::is_convertible_v<decltype(((*std::declval<Iterator &>()).second)), T>>>
    : std::true_type
{
};

template <typename Range, typename = void>
struct IteratorOf
{
    using Type = void;
};
template <typename Range>
struct IteratorOf<Range,
                  std::void_t<decltype(std::begin(std::declval<const Range &>())),
                              decltype(std::end(std::declval<const Range &>()))>>
{
    using Type = decltype(std::begin(std::declval<const Range &>()));
};

template <typename Range, typename Key, typename T>
struct IsMap : std::false_type
{
};
template <typename Key, typename T>
struct IsMap<SyncMap<Key, T>, Key, T> : std::true_type
{
};

// A type that is a key is never taken for a range.
template <typename Key, typename T, typename Range>
using IfEntries = std::enable_if_t<
        IsMap<Range, Key, T>::value
                || (PointsToEntries<Key, T, typename IteratorOf<Range>::Type>::value
                    && !isKeyOrLike<Key, const Range &>),
        bool>;
template <typename Key, typename T, typename Iterator>
using IfEntryIterator = std::enable_if_t<
        PointsToEntries<Key, T, Iterator>::value && !isKeyOrLike<Key, const Iterator &>, bool>;

template <typename Key, typename Iterator, typename = void>
struct PointsToKeys : std::false_type
{
};
template <typename Key, typename Iterator>
struct PointsToKeys<Key, Iterator,
                    std::enable_if_t<isKeyOrLike<Key, decltype(*std::declval<Iterator &>())>>>
    : std::true_type
{
};
template <typename Key, typename Range>
using IfKeys = std::enable_if_t<PointsToKeys<Key, typename IteratorOf<Range>::Type>::value
                                        && !isKeyOrLike<Key, const Range &>,
                                bool>;

// Keys, or what stands for them, side by side.
template <typename Key, typename Pointer>
struct IsKeyRow : std::false_type
{
};
template <typename Key, typename Other>
struct IsKeyRow<Key, const Other *>
    : std::disjunction<std::is_same<Other, Key>, SyncMapKeyLike<Key, Other>>
{
};
template <typename Key, typename Range>
using IfKeyArray = std::enable_if_t<
        IsKeyRow<Key, decltype(std::data(std::declval<const Range &>()))>::value
                && std::is_convertible_v<decltype(std::size(std::declval<const Range &>())),
                                         std::size_t>,
        bool>;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
