// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/weight/members.h>

#include <QtCore/qcontainerfwd.h>
#include <QtCore/qglobal.h>

#include <iterator>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

QT_BEGIN_NAMESPACE
class QBitArray;
class QCborArray;
class QCborMap;
class QCborValue;
class QDateTime;
class QJsonArray;
class QJsonDocument;
class QJsonObject;
class QJsonValue;
class QLocale;
class QRegularExpression;
class QTimeZone;
class QUrl;
template <typename T>
class QSharedPointer;
QT_END_NAMESPACE

template <typename T, typename = void>
struct SyncByteSize;

namespace SyncMapInternal {

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
    KeyedTree, // QMap
    KeyedHash, // QHash
    KeyedChains, // QMultiHash
    SetHash, // QSet
    Buckets, // std::unordered_…
    Nodes, // std::map, std::set, std::list
    Unique,
    Shared,
    QtShared,
    Optional,
    Tuple,
    Alternatives,
    Aggregate
};

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

// Ranges that do not tell what they allocate.
template <typename T>
inline constexpr bool isOpaque = false;
template <>
inline constexpr bool isOpaque<QJsonValue> = true;
template <>
inline constexpr bool isOpaque<QJsonArray> = true;
template <>
inline constexpr bool isOpaque<QJsonObject> = true;
template <>
inline constexpr bool isOpaque<QJsonDocument> = true;
template <>
inline constexpr bool isOpaque<QCborValue> = true;
template <>
inline constexpr bool isOpaque<QCborArray> = true;
template <>
inline constexpr bool isOpaque<QCborMap> = true;

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
SYNCMAP_DETECT(IsRange, typename T::value_type, typename T::const_iterator,
               decltype(quint64(std::declval<const T &>().size())),
               decltype(++std::declval<typename T::const_iterator &>()),
               decltype(typename T::const_iterator(std::declval<const T &>().begin())))
SYNCMAP_DETECT(IsKeyed, typename T::key_type, typename T::mapped_type,
               decltype(quint64(std::declval<const T &>().size())),
               decltype(std::declval<typename T::const_iterator>().key()),
               decltype(std::declval<typename T::const_iterator>().value()))
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

template <typename T>
constexpr bool isLookable() noexcept;

// What is recognised by the template that it is made of.
template <typename T>
struct Pattern
{
    static constexpr bool isOne = false;
    static constexpr Kind kind = Kind::Unknown;
};
template <Kind Itself>
struct IsPattern
{
    static constexpr bool isOne = true;
    static constexpr Kind kind = Itself;
};
template <typename T>
struct Pattern<std::unique_ptr<T>>
{
    static constexpr bool isOne = true;
    static constexpr Kind kind = isLookable<T>() ? Kind::Unique : Kind::Unknown;
};
template <typename T, typename Deleter>
struct Pattern<std::unique_ptr<T, Deleter>> : IsPattern<Kind::Unknown>
{
};
template <typename T>
struct Pattern<std::shared_ptr<T>>
{
    static constexpr bool isOne = true;
    static constexpr Kind kind = isLookable<T>() ? Kind::Shared : Kind::Unknown;
};
template <typename T>
struct Pattern<QSharedPointer<T>> : IsPattern<Kind::QtShared>
{
};
template <typename K, typename V>
struct Pattern<QMultiHash<K, V>> : IsPattern<Kind::KeyedChains>
{
};
template <>
struct Pattern<QBitArray> : IsPattern<Kind::Bits>
{
};
template <typename Allocator>
struct Pattern<std::vector<bool, Allocator>> : IsPattern<Kind::Bits>
{
};
template <typename T>
struct Pattern<std::optional<T>> : IsPattern<Kind::Optional>
{
};
template <typename A, typename B>
struct Pattern<std::pair<A, B>> : IsPattern<Kind::Tuple>
{
};
template <typename... Ts>
struct Pattern<std::tuple<Ts...>> : IsPattern<Kind::Tuple>
{
};
template <typename... Ts>
struct Pattern<std::variant<Ts...>> : IsPattern<Kind::Alternatives>
{
};

template <typename T>
constexpr bool areElementsComplete() noexcept
{
    if constexpr (IsKeyed<T>::value)
        return IsComplete<typename T::key_type>::value
                && IsComplete<typename T::mapped_type>::value;
    else
        return IsComplete<typename T::value_type>::value;
}

template <typename T>
constexpr Kind kindOfRange() noexcept
{
    if constexpr (!areElementsComplete<T>())
        return Kind::Unknown;
    else if constexpr (IsKeyed<T>::value)
        return HasCapacity<T>::value ? Kind::KeyedHash : Kind::KeyedTree;
    else if constexpr (IsContiguous<T>::value)
        return Kind::Row;
    else if constexpr (HasBuckets<T>::value)
        return Kind::Buckets;
    else if constexpr (IsRandomAccess<T>::value)
        return Kind::Spread;
    else
        return HasCapacity<T>::value ? Kind::SetHash : Kind::Nodes;
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
    if constexpr (!IsComplete<T>::value)
        return Kind::Unknown;
    else if constexpr (std::is_volatile_v<T>)
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
    else if constexpr (isOpaque<T>)
        return Kind::Unknown;
    else if constexpr (std::is_trivially_destructible_v<T>)
        return Kind::OwnsNothing; // as atomics, and pairs of numbers
    else if constexpr (Pattern<T>::isOne)
        return Pattern<T>::kind;
    else if constexpr (IsKeyed<T>::value || IsRange<T>::value)
        return kindOfRange<T>();
    else if constexpr (memberCount<T> == UnknownMembers)
        return Kind::Unknown;
    else
        return isDestructorOwn(MembersOf<T>()) ? Kind::Unknown : Kind::Aggregate;
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
inline constexpr bool ownsNothing = kindOf<Plain<T>>() == Kind::OwnsNothing;

// Unknown whatever the value.
template <typename T>
inline constexpr bool isUnknown = kindOf<Plain<T>>() == Kind::Unknown;

// Whether a value has to be measured while nobody else can see it, and the result kept: others may
// change what it leads to, or it takes long. Not so what costs a few instructions at any time.
template <typename T>
constexpr bool mustMeasureOnce() noexcept
{
    constexpr Kind kind = kindOf<T>();
    switch (kind) {
    case Kind::Unknown:
    case Kind::Specialised:
    case Kind::OwnsNothing:
    case Kind::TellsBytes:
    case Kind::Nominal:
    case Kind::Bits:
        return false;
    case Kind::Internal:
        if constexpr (kind == Kind::Internal)
            return HeapParts<T>::isMeasuredOnce;
        break;
    case Kind::Row:
        if constexpr (kind == Kind::Row)
            return !ownsNothing<typename T::value_type>;
        break;
    default:
        break;
    }
    return true;
}

template <typename T>
inline constexpr bool isMeasuredOnce = mustMeasureOnce<Plain<T>>();

} // namespace SyncMapInternal
