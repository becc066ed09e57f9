// SPDX-License-Identifier: MIT
#include "modelfields.h"

#include <SyncMap/private/object/value/value.h>

#include "../value/containers.h"

#include <QtCore/qhash.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qjsonvalue.h>
#include <QtCore/qmap.h>
#include <QtCore/qmetaobject.h>

#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

ModelFields::ModelFields()
    : ModelFields({ QStringLiteral("key"), QStringLiteral("value"), QStringLiteral("status") })
{
    m_areByDefault = true;
}

ModelFields::ModelFields(const QStringList &names, QStringList *whyNot)
{
    static const std::pair<QString, Kind> ofTheRow[] = {
        { QStringLiteral("key"), Kind::Key },
        { QStringLiteral("value"), Kind::Value },
        { QStringLiteral("status"), Kind::Status },
    };
    const auto refuse = [whyNot](const QString &why) {
        if (whyNot)
            whyNot->append(why);
    };
    QStringList taken;
    for (const QString &name : names) {
        const QStringList parts = name.split(u'.');
        if (parts.contains(QString())) {
            refuse(QStringLiteral("\"%1\" is no name of a member").arg(name));
            continue;
        }
        if (taken.contains(name)) {
            refuse(QStringLiteral("\"%1\" comes more than once: the first counts").arg(name));
            continue;
        }
        taken.append(name);
        Field field { name, Kind::Member, {} };
        for (const auto &[itsName, kind] : ofTheRow) {
            if (name == itsName)
                field.kind = kind;
        }
        if (field.kind == Kind::Member)
            field.path = Path(parts.cbegin(), parts.cend());
        m_fields.push_back(std::move(field));
    }
}

int ModelFields::Step::propertyOf(QMetaType gadget) const
{
    if (type != gadget) {
        type = gadget;
        const QMetaObject *const description = gadget.metaObject();
        property = description ? description->indexOfProperty(utf8.constData()) : -1;
    }
    return property;
}

QVariant ModelFields::Step::in(const QVariant &record) const
{
    const QMetaType itsType = record.metaType();
    switch (itsType.id()) {
    case QMetaType::UnknownType:
        return {};
    case QMetaType::QVariantMap:
        return static_cast<const QVariantMap *>(record.constData())->value(name);
    case QMetaType::QVariantHash:
        return static_cast<const QVariantHash *>(record.constData())->value(name);
    case QMetaType::QJsonObject:
        return static_cast<const QJsonObject *>(record.constData())->value(name).toVariant();
    case QMetaType::QJsonValue:
        return (*static_cast<const QJsonValue *>(record.constData()))[name].toVariant();
    default:
        break;
    }
    if (itsType.flags() & QMetaType::IsGadget) {
        const int index = propertyOf(itsType);
        return index < 0 ? QVariant()
                         : itsType.metaObject()->property(index).readOnGadget(record.constData());
    }
    if (itsType.flags() & QMetaType::PointerToQObject) {
        const QObject *const object = *static_cast<QObject *const *>(record.constData());
        return object ? object->property(utf8.constData()) : QVariant();
    }
    if (itsType == QMetaType::fromType<KeptObject>())
        return in(toShown(record));
    if (const auto association = associationIn(record)) {
        const auto found = association->find(name);
        return found != association->end() ? found.value() : QVariant();
    }
    return {};
}

QVariant ModelFields::memberOf(int field, const QVariant &value) const
{
    QVariant member = value;
    for (const Step &step : m_fields[std::size_t(field)].path)
        member = step.in(member);
    return member;
}

bool ModelFields::isWritable(int field, const QVariant &value) const
{
    QVariant record = value;
    for (const Step &step : m_fields[std::size_t(field)].path) {
        const QMetaType type = record.metaType();
        if (type.flags() & QMetaType::IsGadget) {
            if (!type.metaObject()->property(step.propertyOf(type)).isWritable())
                return false;
        } else if (type.id() == QMetaType::QJsonValue) {
            if (!static_cast<const QJsonValue *>(record.constData())->isObject())
                return false;
        } else if (type.id() != QMetaType::QJsonObject) {
            const auto association = associationIn(record);
            if (!association || !association->metaContainer().canSetMappedAtKey())
                return false;
        }
        record = step.in(record);
    }
    return true;
}

std::optional<QVariant> ModelFields::withMember(int field, const QVariant &value,
                                                const QVariant &member, QString *why) const
{
    const Path &path = m_fields[std::size_t(field)].path;
    return replaced(value, path.cbegin(), path.cend(), member, why);
}

std::optional<QVariant> ModelFields::replaced(const QVariant &record, Path::const_iterator step,
                                              Path::const_iterator end, const QVariant &member,
                                              QString *why)
{
    if (step == end)
        return member;
    const QMetaType type = record.metaType();
    const auto with = [&](auto map, auto &&toMember) -> std::optional<QVariant> {
        const auto part = replaced(step->in(record), std::next(step), end, member, why);
        if (!part)
            return std::nullopt;
        map.insert(step->name, toMember(*part));
        return QVariant::fromValue(map);
    };
    const auto asItIs = [](const QVariant &part) { return part; };
    const auto asJson = [](const QVariant &part) { return QJsonValue::fromVariant(part); };
    switch (type.id()) {
    case QMetaType::UnknownType:
        *why = QStringLiteral("there is nothing that it could be a member of");
        return std::nullopt;
    case QMetaType::QVariantMap:
        return with(*static_cast<const QVariantMap *>(record.constData()), asItIs);
    case QMetaType::QVariantHash:
        return with(*static_cast<const QVariantHash *>(record.constData()), asItIs);
    case QMetaType::QJsonObject:
        return with(*static_cast<const QJsonObject *>(record.constData()), asJson);
    case QMetaType::QJsonValue: {
        const auto *const json = static_cast<const QJsonValue *>(record.constData());
        if (json->isObject())
            return with(json->toObject(), asJson);
        break;
    }
    default:
        break;
    }
    if (type.flags() & QMetaType::IsGadget) {
        const QMetaProperty property = type.metaObject()->property(step->propertyOf(type));
        if (!property.isWritable()) {
            *why = QStringLiteral("no %1 can be given a \"%2\"")
                           .arg(QLatin1String(type.name()), step->name);
            return std::nullopt;
        }
        const auto part = replaced(property.readOnGadget(record.constData()), std::next(step), end,
                                   member, why);
        const auto converted = part ? toType(*part, property.metaType(), why) : std::nullopt;
        if (!converted)
            return std::nullopt;
        QVariant other = record;
        if (property.writeOnGadget(other.data(), *converted))
            return other;
    } else if (type.flags() & QMetaType::PointerToQObject
               || type == QMetaType::fromType<KeptObject>()) {
        *why = QStringLiteral("it is a property of a QObject, to be set there");
        return std::nullopt;
    } else if (const auto association = associationIn(record)) {
        const auto part = replaced(step->in(record), std::next(step), end, member, why);
        const QMetaAssociation container = association->metaContainer();
        const auto itsKey = toType(step->name, container.keyMetaType(), why);
        const auto converted = part ? toType(*part, container.mappedMetaType(), why) : std::nullopt;
        if (!itsKey || !converted || !container.canSetMappedAtKey())
            return std::nullopt;
        QVariant other = record;
        container.setMappedAtKey(other.data(), dataOf(*itsKey, container.keyMetaType()),
                                 dataOf(*converted, container.mappedMetaType()));
        return other;
    }
    *why = QStringLiteral("a %1 has no \"%2\"").arg(QLatin1String(type.name()), step->name);
    return std::nullopt;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
