// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qlocale.h>
#include <QtCore/qmetatype.h>
#include <QtCore/qstring.h>
#include <QtCore/qvariant.h>

#include <optional>
#include <type_traits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// As JavaScript writes them: the shortest text that leads back.
SYNCMAP_EXPORT QString textOfNumber(double number);
SYNCMAP_EXPORT QString textOfNumber(float number);
SYNCMAP_EXPORT std::optional<double> numberOfText(const QString &text); // NaN is none: it is no key

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

/*!
    \class SyncCacheKeyText
    \inmodule SyncMap
    \brief How SyncCacheObject shows keys of a type as text, and reads them.

    A key has one text, and news of it are told under that. So a text is a key only if it leads back
    to itself, \c{toText(*fromText(text)) == text}: of the number 7, "7" is, while "07", " 7" and
    "7.0" are no keys, which nothing is found under. That holds for what fromText() of your own
    takes, too, however tolerant it is; the first such text gets a warning.

    Shipped for QString, QByteArray (UTF-8), numbers (as JavaScript writes them), enumerations (as
    numbers), and all types that QMetaType converts to QString and back. Specialise it for others:

    \code
    template <> struct SyncCacheKeyText<TileId>
    {
        static QString toText(const TileId &id) { return id.toString(); }
        static std::optional<TileId> fromText(const QString &text) { return TileId::parse(text); }
    };
    \endcode
*/
template <typename Key, typename = void>
struct SyncCacheKeyText
{
    /*! The text of \a key. */
    static QString toText(const Key &key)
    {
        if constexpr (std::is_same_v<Key, QString>) {
            return key;
        } else if constexpr (std::is_same_v<Key, QByteArray>) {
            return QString::fromUtf8(key);
        } else if constexpr (std::is_same_v<Key, bool>) {
            return key ? QStringLiteral("true") : QStringLiteral("false");
        } else if constexpr (std::is_enum_v<Key>) {
            return SyncCacheKeyText<std::underlying_type_t<Key>>::toText(
                    static_cast<std::underlying_type_t<Key>>(key));
        } else if constexpr (std::is_integral_v<Key> && std::is_signed_v<Key>) {
            return QString::number(qlonglong(key));
        } else if constexpr (std::is_integral_v<Key>) {
            return QString::number(qulonglong(key));
        } else if constexpr (std::is_floating_point_v<Key>) {
            using Number = std::conditional_t<std::is_same_v<Key, float>, float, double>;
            return SyncMapInternal::textOfNumber(Number(key));
        } else {
            return QVariant::fromValue(key).toString();
        }
    }

    /*! Nullopt if \a text is no key. */
    static std::optional<Key> fromText(const QString &text)
    {
        if constexpr (std::is_same_v<Key, QString>) {
            return text;
        } else if constexpr (std::is_same_v<Key, QByteArray>) {
            return text.toUtf8();
        } else if constexpr (std::is_same_v<Key, bool>) {
            if (text == u"true" || text == u"false")
                return text == u"true";
            return std::nullopt;
        } else if constexpr (std::is_enum_v<Key>) {
            if (const auto number = SyncCacheKeyText<std::underlying_type_t<Key>>::fromText(text))
                return Key(*number);
            return std::nullopt;
        } else if constexpr (std::is_integral_v<Key>) {
            bool isNumber = false;
            if constexpr (std::is_signed_v<Key>) {
                const qlonglong number = text.toLongLong(&isNumber);
                if (isNumber && qlonglong(Key(number)) == number)
                    return Key(number);
            } else {
                const qulonglong number = text.toULongLong(&isNumber);
                if (isNumber && qulonglong(Key(number)) == number)
                    return Key(number);
            }
            return std::nullopt;
        } else if constexpr (std::is_floating_point_v<Key>) {
            if (const auto number = SyncMapInternal::numberOfText(text))
                return Key(*number);
            return std::nullopt;
        } else {
            QVariant variant(text);
            if (variant.convert(QMetaType::fromType<Key>()))
                return qvariant_cast<Key>(variant);
            return std::nullopt;
        }
    }
};

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
template <typename Key>
using SyncKeyText = SyncCacheKeyText<Key>;
#endif
