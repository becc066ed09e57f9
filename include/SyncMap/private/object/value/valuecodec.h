// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qvariant.h>

#include <optional>
#include <type_traits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What QML says in lists, records, texts and numbers, as a value of \a type: containers element by
// element, gadgets by the names of their properties, enumerations by name or number, what else
// converts. Nullopt, with the reason, if that would lose something.
SYNCMAP_EXPORT std::optional<QVariant> toType(const QVariant &value, QMetaType type, QString *why);

// Whether QML gets something of a value of the type, as toShown() gives it.
SYNCMAP_EXPORT bool isReadableByQml(QMetaType type);

// Values of a map, and the variants that they are to an interface.
template <typename T>
struct ValueCodec
{
    static QVariant toVariant(const T &value)
    {
        if constexpr (std::is_same_v<T, QVariant>)
            return value;
        else
            return QVariant::fromValue(value);
    }
    static std::optional<T> fromVariant(const QVariant &value, QString *why)
    {
        if constexpr (std::is_same_v<T, QVariant>) {
            return value;
        } else {
            const std::optional<QVariant> converted = toType(value, QMetaType::fromType<T>(), why);
            if (!converted)
                return std::nullopt;
            return *static_cast<const T *>(converted->constData());
        }
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
