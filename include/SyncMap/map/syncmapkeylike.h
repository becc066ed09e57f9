// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/hash.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>
#include <QtCore/qhashfunctions.h>
#include <QtCore/qstring.h>
#include <QtCore/qvarlengtharray.h>

#include <functional>
#include <string>
#include <string_view>
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
    hash(const Other &, size_t seed)}; one without \c{key == other} its own \c{static bool
    equals(const Key &, const Other &)}. A write makes a \c Key only if it has to store one: by the
    specialisation's \c{static Key toKey(const Other &)}, or by a constructor of \c Key, which may
    be explicit.

    Keys that are numbers or pointers are not hashed by qHash(): an \c Other for them has to be
    convertible to the key, explicitly if need be, and is hashed as what it converts to.

    Shipped: QStringView, QLatin1StringView, \c std::u16string_view and UTF-16 literals for QString;
    QByteArrayView and \c std::string_view for QByteArray; the views of the standard library for its
    strings; and with Qt 6.8, what a \c QHashHeterogeneousSearch says. There is no such thing for all
    types: an unconstrained look-up would hash \c{find(-1)} in a map of \c quint64 as an \c int.
*/
template <typename Key, typename Other>
struct SyncMapKeyLike
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    : QHashHeterogeneousSearch<Key, Other>
#else
    : std::false_type
#endif
{
};

template <>
struct SyncMapKeyLike<QString, QStringView> : std::true_type
{
    static QString toKey(QStringView text) { return text.toString(); }
};

// find(u"text"), as QStringView(u"text") would have it.
template <std::size_t Size>
struct SyncMapKeyLike<QString, char16_t[Size]> : std::true_type
{
    static size_t hash(const char16_t (&text)[Size], size_t seed)
    {
        return qHash(QStringView(text), seed);
    }
    static QString toKey(const char16_t (&text)[Size]) { return QStringView(text).toString(); }
};

template <>
struct SyncMapKeyLike<QString, std::u16string_view> : std::true_type
{
    static size_t hash(std::u16string_view text, size_t seed)
    {
        return qHash(QStringView(text), seed);
    }
    static bool equals(const QString &key, std::u16string_view text)
    {
        return key == QStringView(text);
    }
    static QString toKey(std::u16string_view text) { return QStringView(text).toString(); }
};

template <>
struct SyncMapKeyLike<QByteArray, QByteArrayView> : std::true_type
{
    static QByteArray toKey(QByteArrayView bytes) { return bytes.toByteArray(); }
};

template <>
struct SyncMapKeyLike<QByteArray, std::string_view> : std::true_type
{
    static size_t hash(std::string_view bytes, size_t seed)
    {
        return qHash(QByteArrayView(bytes), seed);
    }
    static bool equals(const QByteArray &key, std::string_view bytes)
    {
        return QByteArrayView(key) == QByteArrayView(bytes);
    }
    static QByteArray toKey(std::string_view bytes) { return QByteArrayView(bytes).toByteArray(); }
};

// The standard library promises that both have the same std::hash.
template <typename Character>
struct SyncMapKeyLike<std::basic_string<Character>, std::basic_string_view<Character>>
    : std::true_type
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
    static QString toKey(QLatin1String text) { return QString(text); }
};

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

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

template <typename KeyLike, typename Key, typename Other, typename = void>
struct HasOwnEquals : std::false_type
{
};
template <typename KeyLike, typename Key, typename Other>
struct HasOwnEquals<KeyLike, Key, Other,
                    std::void_t<decltype(KeyLike::equals(std::declval<const Key &>(),
                                                         std::declval<const Other &>()))>>
    : std::true_type
{
};

template <typename KeyLike, typename Other, typename = void>
struct HasOwnKey : std::false_type
{
};
template <typename KeyLike, typename Other>
struct HasOwnKey<KeyLike, Other,
                 std::void_t<decltype(KeyLike::toKey(std::declval<const Other &>()))>>
    : std::true_type
{
};

template <typename Left, typename Right, typename = void>
struct HasEquals : std::false_type
{
};
template <typename Left, typename Right>
struct HasEquals<
        Left, Right,
        std::enable_if_t<std::is_convertible_v<
                decltype(std::declval<const Left &>() == std::declval<const Right &>()), bool>>>
    : std::true_type
{
};

// A row of characters, and not what may be null in a sense of its own, as a smart pointer may.
template <typename Key, typename = void>
struct IsText : std::false_type
{
};
template <typename Key>
struct IsText<Key,
              std::void_t<decltype(std::declval<const Key &>().data()),
                          decltype(std::declval<const Key &>().size())>>
    : std::disjunction<std::is_convertible<const char *, Key>,
                       std::is_convertible<const char16_t *, Key>,
                       std::is_convertible<const wchar_t *, Key>, SyncMapKeyLike<Key, QStringView>,
                       SyncMapKeyLike<Key, QByteArrayView>>
{
};

// A nullptr or a 0 that would make a null text of itself, and is none.
template <typename Key, typename Null>
inline constexpr bool isNullLiteral = std::conjunction_v<
        std::disjunction<std::is_null_pointer<Null>, std::is_integral<Null>>, IsText<Key>,
        std::is_convertible<std::nullptr_t, Key>,
        std::disjunction<std::is_null_pointer<Null>, std::negation<std::is_convertible<Null, Key>>>,
        std::negation<SyncMapKeyLike<Key, Null>>>;

template <typename Key, typename Null>
using IfNullLiteral = std::enable_if_t<isNullLiteral<Key, Null>, bool>;

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
                      "a key of a SyncMap needs a qHash(const Key &, size_t seed) in its own "
                      "namespace, or a std::hash");
        return 0;
    }
}

// Whether a key that is stored is the one that was asked for.
template <typename Key, typename Other>
bool isSameKey(const Key &key, const Other &other)
{
    using KeyLike = SyncMapKeyLike<Key, Other>;
    if constexpr (std::is_same_v<Key, Other> && isNumberOrPointer<Key>) {
        return bitsOf(key) == bitsOf(other); // as it is hashed, whatever == says of an enumerator
    } else if constexpr (!std::is_same_v<Key, Other> && HasOwnEquals<KeyLike, Key, Other>::value) {
        return KeyLike::equals(key, other);
    } else if constexpr (HasEquals<Key, Other>::value) {
        return key == other;
    } else {
        static_assert(!sizeof(Other *),
                      "a key of a SyncMap needs an operator==, also with what stands for it");
        return false;
    }
}

// The key itself, or one that is made of what stands for it.
template <typename Key, typename Other>
decltype(auto) keyFrom(Other &&other)
{
    using Plain = std::remove_cv_t<std::remove_reference_t<Other>>;
    if constexpr (std::is_same_v<Plain, Key>) {
        return static_cast<Other &&>(other);
    } else if constexpr (HasOwnKey<SyncMapKeyLike<Key, Plain>, Plain>::value) {
        return SyncMapKeyLike<Key, Plain>::toKey(other);
    } else if constexpr (std::is_constructible_v<Key, Other>) {
        return static_cast<Key>(std::forward<Other>(other));
    } else {
        static_assert(!sizeof(Plain *),
                      "to store what stands for a key, SyncMapKeyLike needs a static Key "
                      "toKey(const Other &), or Key a constructor");
        return static_cast<Key &&>(*static_cast<Key *>(nullptr));
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
