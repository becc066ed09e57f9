// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qbytearray.h>
#include <QtCore/qlocale.h>
#include <QtCore/qmetatype.h>
#include <QtCore/qstring.h>
#include <QtCore/qvariant.h>

#include <optional>
#include <type_traits>

/*!
    \class SyncKeyText
    \inmodule SyncMap
    \brief How SyncCacheObject shows keys of a type as text, and reads them.

    Shipped for QString, QByteArray (UTF-8), numbers, enumerations, and all types that QMetaType
    converts to QString and back. Specialise it for others:

    \code
    template <> struct SyncKeyText<TileId>
    {
        static QString toText(const TileId &id) { return id.toString(); }
        static std::optional<TileId> fromText(const QString &text) { return TileId::parse(text); }
    };
    \endcode
*/
template <typename Key, typename = void>
struct SyncKeyText
{
    static QString toText(const Key &key)
    {
        if constexpr (std::is_same_v<Key, QString>) {
            return key;
        } else if constexpr (std::is_same_v<Key, QByteArray>) {
            return QString::fromUtf8(key);
        } else if constexpr (std::is_same_v<Key, bool>) {
            return key ? QStringLiteral("true") : QStringLiteral("false");
        } else if constexpr (std::is_enum_v<Key>) {
            return SyncKeyText<std::underlying_type_t<Key>>::toText(
                    static_cast<std::underlying_type_t<Key>>(key));
        } else if constexpr (std::is_integral_v<Key> && std::is_signed_v<Key>) {
            return QString::number(qlonglong(key));
        } else if constexpr (std::is_integral_v<Key>) {
            return QString::number(qulonglong(key));
        } else if constexpr (std::is_floating_point_v<Key>) {
            return QString::number(double(key), 'g', QLocale::FloatingPointShortest);
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
            if (const auto number = SyncKeyText<std::underlying_type_t<Key>>::fromText(text))
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
            bool isNumber = false;
            const double number = text.toDouble(&isNumber);
            return isNumber ? std::optional<Key>(Key(number)) : std::nullopt;
        } else {
            QVariant variant(text);
            if (variant.convert(QMetaType::fromType<Key>()))
                return qvariant_cast<Key>(variant);
            return std::nullopt;
        }
    }
};
