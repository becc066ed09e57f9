// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>
#include <QtCore/qhashfunctions.h>
#include <QtCore/qstring.h>
#include <QtCore/qvarlengtharray.h>

#include <functional>
#include <type_traits>
#include <utility>

/*!
    \class SyncMapKeyLike
    \inmodule SyncMap
    \brief Says that a map with keys of type \c Key can be asked with an \c Other.

    A specialisation that derives from \c std::true_type promises that \c{qHash(other, seed) ==
    qHash(key, seed)} whenever \c{key == other}, for every seed. Look-ups then take an \c Other as
    it is, without making a \c Key of it:

    \code
    template <> struct SyncMapKeyLike<QString, MyStringRef> : std::true_type { };
    \endcode

    A type that compares like the key but hashes differently adds its own \c{static size_t
    hash(const Other &, size_t seed)}.

    Keys that are numbers or pointers are not hashed by qHash(): an \c Other for them has to be
    convertible to the key, explicitly if need be, and is hashed as what it converts to.

    Shipped: QStringView, QLatin1StringView and UTF-16 literals for QString, QByteArrayView for
    QByteArray. There is no such thing for all types: an unconstrained look-up would hash
    \c{find(-1)} in a map of \c quint64 as an \c int.
*/
template <typename Key, typename Other>
struct SyncMapKeyLike : std::false_type
{
};

template <>
struct SyncMapKeyLike<QString, QStringView> : std::true_type
{
};

// find(u"text"), as QStringView(u"text") would have it.
template <std::size_t Size>
struct SyncMapKeyLike<QString, char16_t[Size]> : std::true_type
{
    static size_t hash(const char16_t (&text)[Size], size_t seed)
    {
        return qHash(QStringView(text), seed);
    }
};

template <>
struct SyncMapKeyLike<QByteArray, QByteArrayView> : std::true_type
{
};

template <>
struct SyncMapKeyLike<QString, QLatin1String> : std::true_type
{
    // Latin-1 hashes differently from UTF-16. Texts of up to 256 characters are widened on the
    // stack.
    static size_t hash(QLatin1String text, size_t seed)
    {
        QVarLengthArray<char16_t, 256> wide(text.size());
        for (qsizetype i = 0; i < text.size(); ++i)
            wide[i] = static_cast<unsigned char>(text.data()[i]);
        return qHash(QStringView(wide.constData(), wide.size()), seed);
    }
};

namespace SyncMapInternal {

template <typename Key, typename Other>
using IfKeyLike = std::enable_if_t<SyncMapKeyLike<Key, Other>::value, bool>;

template <typename KeyLike, typename Other, typename = void>
struct HasOwnHash : std::false_type
{
};
template <typename KeyLike, typename Other>
struct HasOwnHash<KeyLike, Other,
                  std::void_t<decltype(KeyLike::hash(std::declval<const Other &>(), size_t()))>>
    : std::true_type
{
};

// qHash is looked up as an unqualified name: overloads of the key's namespace are found by its
// argument.
template <typename Key, typename = void>
struct HasQHash : std::false_type
{
};
template <typename Key>
struct HasQHash<Key,
                std::enable_if_t<std::is_convertible_v<
                        decltype(qHash(std::declval<const Key &>(), size_t())), size_t>>>
    : std::true_type
{
};

template <typename Key>
inline constexpr bool hasStdHashWithSeed =
        std::is_invocable_r_v<size_t, std::hash<Key>, const Key &, size_t>;
template <typename Key>
inline constexpr bool hasStdHash = std::is_invocable_r_v<size_t, std::hash<Key>, const Key &>;

// Keys whose qHash() mixes well, whatever the key.
template <typename Key>
inline constexpr bool isMixedByHash =
        std::is_same_v<Key, QString> || std::is_same_v<Key, QByteArray>;

// What QHash asks of the hash of its keys, too.
template <typename Key>
inline constexpr bool isHashable =
        HasQHash<Key>::value || hasStdHashWithSeed<Key> || hasStdHash<Key>;

// The hash of a key by the rules of QHash: its qHash() with a seed, its qHash() without, which Qt
// makes one with a seed, its std::hash. Or that of what stands for a key.
template <typename Key, typename Other>
size_t hashLike(const Other &key, size_t seed)
{
    using KeyLike = SyncMapKeyLike<Key, Other>;
    if constexpr (!std::is_same_v<Key, Other> && HasOwnHash<KeyLike, Other>::value) {
        return KeyLike::hash(key, seed);
    } else if constexpr (HasQHash<Other>::value) {
        return qHash(key, seed);
    } else if constexpr (hasStdHashWithSeed<Other>) {
        return std::hash<Other>()(key, seed);
    } else if constexpr (hasStdHash<Other>) {
        return std::hash<Other>()(key);
    } else {
        static_assert(!sizeof(Other *),
                      "A key of a SyncMap needs a qHash(const Key &, size_t seed) in its own "
                      "namespace, or a std::hash");
        return 0;
    }
}

} // namespace SyncMapInternal
