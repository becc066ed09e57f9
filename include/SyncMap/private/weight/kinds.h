// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/weight/members.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qchar.h>
#include <QtCore/qcontainerfwd.h>
#include <QtCore/qglobal.h>

#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

QT_BEGIN_NAMESPACE
class QBitArray;
class QDateTime;
class QLocale;
class QPolygon;
class QPolygonF;
class QRegularExpression;
class QTimeZone;
class QUrl;
template <typename T>
class QSharedPointer;
QT_END_NAMESPACE

template <typename T, typename = void>
struct SyncByteSize;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How the bytes of a type are found.
enum class Kind : quint8 {
    Unknown,
    Specialised, // a SyncByteSize of the user's own
    Internal, // a HeapParts of the library's own
    OwnsNothing,
    TellsBytes, // sizeInBytes()
    Nominal,
    Variant, // a QVariant
    Bits,
    Array, // within the value, as of C
    Row, // elements side by side
    Spread, // elements by index, but not side by side
    KeyedTree, // QMap, QMultiMap
    KeyedHash, // QHash
    KeyedChains, // QMultiHash
    SetHash, // QSet
    Buckets, // std::unordered_…
    Nodes, // std::map, std::set, std::list
    Unique,
    Shared, // also QSharedPointer
    Optional,
    Tuple,
    Alternatives,
    Aggregate
};

constexpr bool isOfContainer(Kind kind) noexcept
{
    return kind >= Kind::Row && kind <= Kind::Nodes;
}

// What an object of a class keeps, where there is no way to tell how much without a copy: a few
// hundred bytes at most, but for a long URL or pattern, which count as the others.
template <typename T>
inline constexpr quint64 nominalBytes = 0;
template <>
inline constexpr quint64 nominalBytes<QUrl> = 256;
template <>
inline constexpr quint64 nominalBytes<QDateTime> = 32;
template <>
inline constexpr quint64 nominalBytes<QTimeZone> = 256; // its transitions are shared by all
template <>
inline constexpr quint64 nominalBytes<QLocale> = 32;
template <>
inline constexpr quint64 nominalBytes<QRegularExpression> = 2048;
// A text may be of any length.
template <typename T>
inline constexpr bool isNominalBounded =
        !std::is_same_v<T, QUrl> && !std::is_same_v<T, QRegularExpression>;

// For classes of the library: isMeasuredOnce, and of().
template <typename T>
struct HeapParts
{
    using None = void;
};

#define SYNCMAP_DETECT(Name, ...) \
  template <typename T, typename = void> \
  struct Name : std::false_type \
  { \
  }; \
  template <typename T> \
  struct Name<T, std::void_t<__VA_ARGS__>> : std::true_type \
  { \
  };
SYNCMAP_DETECT(IsGuessed, typename SyncByteSize<T>::Guessed)
SYNCMAP_DETECT(HasNoParts, typename HeapParts<T>::None)
SYNCMAP_DETECT(HasSizeInBytes, decltype(quint64(std::declval<const T &>().sizeInBytes())))
SYNCMAP_DETECT(HasCapacity, decltype(quint64(std::declval<const T &>().capacity())))
SYNCMAP_DETECT(HasBuckets, decltype(quint64(std::declval<const T &>().bucket_count())))
// Members alone: the look-up of an operator would instantiate the elements.
SYNCMAP_DETECT(IsRange, typename T::value_type, decltype(quint64(std::declval<const T &>().size())),
               decltype(typename T::const_iterator(std::declval<const T &>().begin())))
SYNCMAP_DETECT(IsPairs, typename T::key_type, typename T::mapped_type)
SYNCMAP_DETECT(IsContiguous,
               std::enable_if_t<std::is_convertible_v<decltype(std::declval<const T &>().data()),
                                                      const typename T::value_type *>>)
SYNCMAP_DETECT(
        IsRandomAccess,
        std::enable_if_t<std::is_base_of_v<
                std::random_access_iterator_tag,
                typename std::iterator_traits<typename T::const_iterator>::iterator_category>>)
#undef SYNCMAP_DETECT

template <typename T>
using Plain = std::remove_cv_t<std::remove_reference_t<T>>;

// Compilers name what is the standard library's so. Users add no containers to that namespace.
template <typename U>
constexpr bool isOfStd() noexcept
{
#if defined(_MSC_VER) && !defined(__clang__)
    constexpr std::string_view name = __FUNCSIG__;
    constexpr std::string_view before = "isOfStd<";
#else
    constexpr std::string_view name = __PRETTY_FUNCTION__;
    constexpr std::string_view before = "U = ";
#endif
    std::string_view type = name.substr(name.find(before) + before.size());
    for (const std::string_view word : { "class ", "struct " }) {
        if (type.substr(0, word.size()) == word)
            type.remove_prefix(word.size());
    }
    return type.substr(0, 5) == "std::";
}

// What is recognised by the template that it is made of.
template <typename T>
inline constexpr Kind patternOf = Kind::Unknown;
template <typename T>
inline constexpr Kind patternOf<std::unique_ptr<T>> =
        std::is_array_v<T> ? Kind::Unknown : Kind::Unique;
template <typename T>
inline constexpr Kind patternOf<std::shared_ptr<T>> =
        std::is_array_v<T> ? Kind::Unknown : Kind::Shared;
template <typename T>
inline constexpr Kind patternOf<QSharedPointer<T>> = Kind::Shared;
template <>
inline constexpr Kind patternOf<QBitArray> = Kind::Bits;
template <typename Allocator>
inline constexpr Kind patternOf<std::vector<bool, Allocator>> = Kind::Bits;
template <typename T>
inline constexpr Kind patternOf<std::optional<T>> = Kind::Optional;
template <typename A, typename B>
inline constexpr Kind patternOf<std::pair<A, B>> = Kind::Tuple;
template <typename... Ts>
inline constexpr Kind patternOf<std::tuple<Ts...>> = Kind::Tuple;
template <typename... Ts>
inline constexpr Kind patternOf<std::variant<Ts...>> = Kind::Alternatives;
template <>
inline constexpr Kind patternOf<QString> = Kind::Row;
template <>
inline constexpr Kind patternOf<QByteArray> = Kind::Row;
template <typename T>
inline constexpr Kind patternOf<QList<T>> = Kind::Row;
template <typename T>
inline constexpr Kind patternOf<QStack<T>> = Kind::Row;
template <typename T>
inline constexpr Kind patternOf<QQueue<T>> = Kind::Row;
template <typename T, auto Room>
inline constexpr Kind patternOf<QVarLengthArray<T, Room>> = Kind::Row;
template <>
inline constexpr Kind patternOf<QPolygon> = Kind::Row;
template <>
inline constexpr Kind patternOf<QPolygonF> = Kind::Row;
template <typename K, typename V>
inline constexpr Kind patternOf<QMap<K, V>> = Kind::KeyedTree;
template <typename K, typename V>
inline constexpr Kind patternOf<QMultiMap<K, V>> = Kind::KeyedTree;
template <typename K, typename V>
inline constexpr Kind patternOf<QHash<K, V>> = Kind::KeyedHash;
template <typename K, typename V>
inline constexpr Kind patternOf<QMultiHash<K, V>> = Kind::KeyedChains;
template <typename T>
inline constexpr Kind patternOf<QSet<T>> = Kind::SetHash;

// Of a container of the standard library.
template <typename T>
constexpr Kind kindOfRange() noexcept
{
    if constexpr (IsContiguous<T>::value)
        return Kind::Row;
    else if constexpr (HasBuckets<T>::value)
        return Kind::Buckets;
    else if constexpr (IsRandomAccess<T>::value)
        return Kind::Spread;
    else
        return Kind::Nodes;
}

// By the type alone: neither by its members nor by what it leads to, which may be incomplete here
// and complete elsewhere, and which may not be instantiated where a map is only declared.
template <typename T>
constexpr Kind outerKindOf() noexcept
{
    if constexpr (std::is_volatile_v<T>)
        return std::is_trivially_copyable_v<std::remove_volatile_t<T>> ? Kind::OwnsNothing
                                                                       : Kind::Unknown;
    else if constexpr (!IsGuessed<T>::value)
        return Kind::Specialised;
    else if constexpr (!HasNoParts<T>::value)
        return Kind::Internal;
    else if constexpr (std::is_same_v<T, QVariant>)
        return Kind::Variant;
    else if constexpr (std::is_trivially_copyable_v<T>)
        return Kind::OwnsNothing; // also views
    else if constexpr (std::is_array_v<T>)
        return Kind::Array;
    else if constexpr (HasSizeInBytes<T>::value)
        return Kind::TellsBytes;
    else if constexpr (nominalBytes<T> != 0)
        return Kind::Nominal;
    else if constexpr (std::is_trivially_destructible_v<T>)
        return Kind::OwnsNothing; // as atomics, and pairs of numbers
    else if constexpr (patternOf<T> != Kind::Unknown)
        return patternOf<T>;
    else if constexpr (isOfStd<T>() && IsRange<T>::value)
        return kindOfRange<T>();
    else
        return Kind::Unknown; // other containers may hold more than their face shows
}

// Whether a pointer to it leads to an object of that size, of which something is known.
template <typename T>
constexpr bool isLookable() noexcept
{
    if constexpr (!IsComplete<T>::value || std::is_array_v<T> || std::is_void_v<T>)
        return false;
    else if constexpr (std::is_polymorphic_v<T>)
        return !IsGuessed<std::remove_cv_t<T>>::value || HasSizeInBytes<T>::value;
    else
        return true;
}

template <typename T>
constexpr bool areElementsComplete() noexcept
{
    if constexpr (IsPairs<T>::value)
        return IsComplete<typename T::key_type>::value
                && IsComplete<typename T::mapped_type>::value;
    else
        return IsComplete<typename T::value_type>::value;
}

// Some containers yield something else than they say, as pairs of references.
template <typename T>
constexpr bool areElementsLookable() noexcept
{
    if constexpr (!areElementsComplete<T>()) {
        return false;
    } else if constexpr (patternOf<T> != Kind::Unknown) {
        return true;
    } else {
        using Yielded = decltype(*std::declval<const typename T::const_iterator &>());
        return std::is_same_v<Plain<Yielded>, typename T::value_type>;
    }
}

// A struct that has to be destroyed though none of its members has: it owns what a pointer among
// them points to.
template <typename... Ts>
constexpr bool isDestructorOwn(Types<Ts...>) noexcept
{
    return (std::is_trivially_destructible_v<Ts> && ...);
}

template <typename T>
constexpr Kind kindOf() noexcept
{
    if constexpr (!IsComplete<T>::value) {
        return Kind::Unknown;
    } else {
        constexpr Kind kind = outerKindOf<T>();
        if constexpr (kind == Kind::Unique) {
            return isLookable<typename T::element_type>() ? kind : Kind::Unknown;
        } else if constexpr (isOfContainer(kind)) {
            return areElementsLookable<T>() ? kind : Kind::Unknown;
        } else if constexpr (kind != Kind::Unknown || std::is_volatile_v<T>) {
            return kind;
        } else if constexpr (memberCount<T> == UnknownMembers) {
            return Kind::Unknown;
        } else {
            return isDestructorOwn(MembersOf<T>()) ? Kind::Unknown : Kind::Aggregate;
        }
    }
}

template <typename T>
inline constexpr bool ownsNothing = kindOf<Plain<T>>() == Kind::OwnsNothing;

// Unknown whatever the value.
template <typename T>
inline constexpr bool isUnknown = kindOf<Plain<T>>() == Kind::Unknown;

// Whether a value has to be measured while nobody else can see it, and the result kept: others may
// change what it leads to, or it takes long. Not so what costs a few instructions at any time. The
// layout of nodes depends on it, so that all files must find the same.
template <typename T>
constexpr bool mustMeasureOnce() noexcept
{
    constexpr Kind kind = outerKindOf<T>();
    if constexpr (kind == Kind::Internal) {
        return HeapParts<T>::isMeasuredOnce;
    } else if constexpr (kind == Kind::Row) {
        using Element = typename T::value_type;
        return !std::is_scalar_v<Element> && !std::is_same_v<Element, QChar>;
    } else {
        return kind != Kind::Specialised && kind != Kind::OwnsNothing && kind != Kind::TellsBytes
                && kind != Kind::Nominal && kind != Kind::Bits && !std::is_volatile_v<T>;
    }
}

template <typename T>
inline constexpr bool isMeasuredOnce = mustMeasureOnce<Plain<T>>();

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
