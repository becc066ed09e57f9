// SPDX-License-Identifier: MIT
#include <SyncMap/object/cachesource.h>

#include <SyncMap/object/typedsource.h>

#include "logging.h"

#include <QtCore/qmetaobject.h>
#include <QtCore/qsequentialiterable.h>

namespace SyncMapInternal {

CacheSource::~CacheSource() = default;
SourceLoad::~SourceLoad() = default;

void warnOfKeyText(const QString &text, const char *typeName)
{
    qCWarning(lcObject).noquote()
            << "the text" << text << "of a" << typeName
            << "does not lead back to it: specialise SyncKeyText, or such keys cannot be read by text";
}

void warnOfUnreadableType(QMetaType type)
{
    qCWarning(lcObject).noquote()
            << "QML cannot read a" << type.name()
            << ": make it a Q_GADGET with properties, or register a conversion to QVariantMap";
}

bool isReadableByQml(QMetaType type)
{
    // Its own types of Qt Gui are known to QML, where that is linked.
    if (type.id() < QMetaType::User)
        return true;
    constexpr auto readable = QMetaType::PointerToQObject | QMetaType::IsGadget
            | QMetaType::PointerToGadget | QMetaType::IsEnumeration;
    return type.flags() & readable
            || QMetaType::canConvert(type, QMetaType::fromType<QVariantMap>())
            || QMetaType::canConvert(type, QMetaType::fromType<QVariantList>())
            || QMetaType::canView(type, QMetaType::fromType<QSequentialIterable>())
            || QMetaType::canConvert(type, QMetaType::fromType<QString>());
}

QString conversionError(const QVariant &value, QMetaType type)
{
    return QStringLiteral("a %1 is no %2")
            .arg(QLatin1String(value.isValid() ? value.typeName() : "undefined value"),
                 QLatin1String(type.name()));
}

} // namespace SyncMapInternal
