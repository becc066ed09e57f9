// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/value/valuecodec.h>

#include <SyncMap/private/object/value/plainvalue.h>

#include "containers.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qjsonvalue.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qurl.h>
#include <QtCore/quuid.h>

#include <cmath>
#include <cstring>
#include <string>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

QString typeNameOf(QMetaType type)
{
    return QLatin1String(type == QMetaType::fromType<KeptObject>() ? "QObject" : type.name());
}
// As a sentence names it.
QString nounOf(const QVariant &value)
{
    if (!value.isValid())
        return QStringLiteral("undefined");
    if (value.metaType() == QMetaType::fromType<std::nullptr_t>())
        return QStringLiteral("null");
    const QString name = typeNameOf(value.metaType());
    return (QStringLiteral("aeio").contains(name.at(0)) ? QStringLiteral("an ")
                                                        : QStringLiteral("a "))
            + name;
}

bool isIntegerType(QMetaType type)
{
    switch (type.id()) {
    case QMetaType::Int:
    case QMetaType::UInt:
    case QMetaType::LongLong:
    case QMetaType::ULongLong:
    case QMetaType::Long:
    case QMetaType::ULong:
    case QMetaType::Short:
    case QMetaType::UShort:
    case QMetaType::Char:
    case QMetaType::SChar:
    case QMetaType::UChar:
        return true;
    default:
        return false;
    }
}
bool isFloatingType(QMetaType type)
{
    return type.id() == QMetaType::Double || type.id() == QMetaType::Float;
}
bool isBoolType(QMetaType type)
{
    return type.id() == QMetaType::Bool;
}
bool isTextType(QMetaType type)
{
    return type.id() == QMetaType::QString || type.id() == QMetaType::QByteArray;
}

// The integer that a value is, as int, qlonglong or qulonglong; invalid if it is none.
QVariant integerIn(const QVariant &value)
{
    const QMetaType type = value.metaType();
    if (isIntegerType(type))
        return value;
    if (isBoolType(type))
        return int(value.toBool());
    if (type.flags() & QMetaType::IsEnumeration)
        return value.toLongLong();
    bool isWhole = false;
    if (isTextType(type)) {
        const QString text = value.toString();
        if (const qlonglong number = text.toLongLong(&isWhole); isWhole)
            return number;
        if (const qulonglong number = text.toULongLong(&isWhole); isWhole)
            return number;
    }
    const double number = value.toDouble(&isWhole);
    constexpr double twoTo63 = 9223372036854775808.0;
    if (!isWhole || !std::isfinite(number) || std::trunc(number) != number)
        return {};
    if (number >= -twoTo63 && number < twoTo63)
        return qlonglong(number);
    return number > 0 && number < 2 * twoTo63 ? QVariant(qulonglong(number)) : QVariant();
}

// Invalid if it does not fit.
QVariant asInteger(const QVariant &value, QMetaType type)
{
    const QVariant integer = integerIn(value);
    QVariant result = integer;
    if (!integer.isValid() || !result.convert(type))
        return {};
    QVariant back = result;
    const bool isBelowZero = integer.toDouble() < 0;
    back.convert(isBelowZero ? QMetaType::fromType<qlonglong>()
                             : QMetaType::fromType<qulonglong>());
    const bool isSignLost = isBelowZero != (result.toDouble() < 0);
    return !isSignLost && isSameValue(back, integer) ? result : QVariant();
}

// Parts of a double that a float has no room for are rounded; integers are not.
QVariant asFloating(const QVariant &value, QMetaType type)
{
    bool isNumber = false;
    const double number = value.toDouble(&isNumber);
    if (!isNumber)
        return {};
    QVariant result(number);
    result.convert(type);
    if (isIntegerType(value.metaType()))
        return isSameValue(result, value) ? result : QVariant();
    return std::isinf(result.toDouble()) && !std::isinf(number) ? QVariant() : result;
}

QVariant asBool(const QVariant &value)
{
    if (isTextType(value.metaType())) {
        const QString text = value.toString();
        return text == u"true" || text == u"false" ? QVariant(text == u"true") : QVariant();
    }
    const QVariant integer = integerIn(value);
    const bool isOneOfTwo = integer.isValid() && (integer == QVariant(0) || integer == QVariant(1));
    return isOneOfTwo ? QVariant(integer.toInt() == 1) : QVariant();
}

QVariant asEnumeration(const QVariant &value, QMetaType type)
{
    QVariant number;
    if (isTextType(value.metaType())) {
        const QMetaObject *const scope = type.metaObject();
        QByteArray name = type.name(); // "Qt::Orientation", "QFlags<Qt::Orientation>"
        name = name.mid(name.lastIndexOf(':') + 1);
        if (name.endsWith('>'))
            name.chop(1);
        const int index = scope ? scope->indexOfEnumerator(name.constData()) : -1;
        bool isKnown = false;
        if (index >= 0) {
            const int known =
                    scope->enumerator(index).keysToValue(value.toByteArray().constData(), &isKnown);
            if (isKnown)
                number = known;
        }
    } else {
        number = integerIn(value);
    }
    QVariant result = madeOf(type);
    if (!number.isValid() || !result.isValid())
        return {};
    const bool hasNoSign = type.flags() & QMetaType::IsUnsignedEnumeration;
    const auto store = [&](QMetaType integer) {
        QVariant stored = asInteger(number, integer);
        if (!stored.isValid())
            return QVariant();
        std::memcpy(result.data(), stored.constData(), std::size_t(type.sizeOf()));
        return result;
    };
    switch (type.sizeOf()) {
    case 1:
        return store(hasNoSign ? QMetaType::fromType<uchar>() : QMetaType::fromType<signed char>());
    case 2:
        return store(hasNoSign ? QMetaType::fromType<ushort>() : QMetaType::fromType<short>());
    case 4:
        return store(hasNoSign ? QMetaType::fromType<uint>() : QMetaType::fromType<int>());
    default:
        return store(hasNoSign ? QMetaType::fromType<qulonglong>()
                               : QMetaType::fromType<qlonglong>());
    }
}

// A day is what JavaScript calls a Date at midnight, here or in UTC.
QVariant asDay(const QDateTime &moment)
{
    for (const QDateTime &seen : { moment, moment.toLocalTime() }) {
        if (seen.time() == QTime(0, 0))
            return seen.date();
    }
    return {};
}

// Whether a conversion of Qt's has rounded, or left something out, as QPointF to QPoint does.
bool isLossy(const QVariant &value, const QVariant &converted)
{
    const auto isGeometry = [](int type) {
        return type >= QMetaType::QRect && type <= QMetaType::QPointF;
    };
    if (value.metaType() == QMetaType::fromType<QByteArray>()
        && converted.metaType() == QMetaType::fromType<QString>())
        return converted.toString().toUtf8() != value.toByteArray();
    if (value.metaType() == QMetaType::fromType<QString>()) {
        if (converted.metaType() == QMetaType::fromType<QByteArray>())
            return QString::fromUtf8(converted.toByteArray()) != value.toString();
        return converted.metaType() == QMetaType::fromType<QUuid>() && converted.toUuid().isNull()
                && value.toString() != QUuid().toString();
    }
    if (!isGeometry(value.metaType().id()) || !isGeometry(converted.metaType().id()))
        return false;
    QVariant back = converted;
    return !back.convert(value.metaType()) || !isSameValue(back, value);
}

bool isJsonType(QMetaType type)
{
    return type.id() == QMetaType::QJsonValue || type.id() == QMetaType::QJsonObject
            || type.id() == QMetaType::QJsonArray;
}

class TypeConverter
{
public:
    explicit TypeConverter(QString *why) : m_walk(why) { }

    std::optional<QVariant> convert(const QVariant &value, QMetaType type)
    {
        type.id(); // registers it, and with it what it converts to and from
        if (type == QMetaType::fromType<QVariant>() || value.metaType() == type)
            return value;
        if (value.metaType() == QMetaType::fromType<std::nullptr_t>()
            && type == QMetaType::fromType<QJsonValue>())
            return QVariant(QJsonValue());
        if (!value.isValid() || value.metaType() == QMetaType::fromType<std::nullptr_t>()
            || value.metaType() == QMetaType::fromType<KeptObject>())
            return refuse(value, type);
        if (QMetaType::hasRegisteredConverterFunction(value.metaType(), type))
            return checked(convertedByQt(value, type), value, type);
        if (isIntegerType(type))
            return checked(asInteger(value, type), value, type);
        if (isFloatingType(type))
            return checked(asFloating(value, type), value, type);
        if (isBoolType(type))
            return checked(asBool(value), value, type);
        if (type.flags() & QMetaType::IsEnumeration)
            return checked(asEnumeration(value, type), value, type);
        if (type == QMetaType::fromType<QChar>()
            && value.metaType() == QMetaType::fromType<QString>()) {
            const QString text = value.toString();
            return checked(text.size() == 1 ? QVariant(text.at(0)) : QVariant(), value, type);
        }
        if (type == QMetaType::fromType<QUrl>() && isTextType(value.metaType())) {
            const QUrl url(value.toString());
            const bool isLost = url.isEmpty() && !value.toString().isEmpty();
            return checked(isLost ? QVariant() : QVariant(url), value, type);
        }
        if (m_walk.isTooDeep())
            return m_walk.refusePlace(QStringLiteral("is nested too deeply"));
        QVariant target = madeOf(type);
        if (const auto sequence = sequenceIn(target))
            return fill(target, *sequence, value);
        if (const auto association = associationIn(target))
            return fill(target, *association, value);
        if (isRecord(value) && type.id() >= QMetaType::User && type.flags() & QMetaType::IsGadget)
            return fillGadget(target, value);
        if (type == QMetaType::fromType<std::string>()) {
            const auto bytes = convert(value, QMetaType::fromType<QByteArray>());
            return bytes ? std::optional(QVariant::fromValue(bytes->toByteArray().toStdString()))
                         : std::nullopt;
        }
        if (type == QMetaType::fromType<QDate>()
            && value.metaType() == QMetaType::fromType<QDateTime>())
            return checked(asDay(value.toDateTime()), value, type);
        if (type == QMetaType::fromType<QTime>()
            && value.metaType() == QMetaType::fromType<QDateTime>())
            return QVariant(value.toDateTime().toLocalTime().time());
        return checked(convertedByQt(value, type), value, type);
    }

private:
    std::nullopt_t refuse(const QVariant &value, QMetaType type)
    {
        if (type.flags() & QMetaType::PointerToQObject && value.isValid()) {
            return m_walk.refuse(nounOf(value),
                                 QStringLiteral("is no %1, which only C++ may put there: nobody "
                                                "would see when the object ends")
                                         .arg(typeNameOf(type)));
        }
        return m_walk.refuse(nounOf(value), QStringLiteral("is no %1").arg(typeNameOf(type)));
    }
    std::optional<QVariant> checked(const QVariant &result, const QVariant &value, QMetaType type)
    {
        return result.isValid() ? std::optional<QVariant>(result) : refuse(value, type);
    }

    static QVariant convertedByQt(const QVariant &value, QMetaType type)
    {
        // Qt takes a list of one text for a text.
        if (sequenceIn(value) && !isJsonType(type)
            && !QMetaType::hasRegisteredConverterFunction(value.metaType(), type))
            return {};
        QVariant converted = value;
        if (!madeOf(type).isValid() || !converted.convert(type) || isLossy(value, converted))
            return {};
        return converted;
    }

    static bool isRecord(const QVariant &value)
    {
        return value.metaType() == QMetaType::fromType<QVariantMap>()
                || value.metaType() == QMetaType::fromType<QVariantHash>() || associationIn(value);
    }

    template <typename Place>
    std::optional<QVariant> part(Place place, const QVariant &value, QMetaType type)
    {
        const ValueWalk::Step step(m_walk, std::move(place));
        return convert(value, type);
    }

    // A Uint8Array or an Int8Array came as bytes.
    static QVariant bytesAsList(const QVariant &value, QMetaType element)
    {
        if (value.metaType() != QMetaType::fromType<QByteArray>() || !isIntegerType(element)
            || element.sizeOf() != 1)
            return value;
        const bool hasSign = element != QMetaType::fromType<uchar>();
        QVariantList list;
        for (const char byte : value.toByteArray())
            list.append(hasSign ? int(qint8(byte)) : int(quint8(byte)));
        return list;
    }

    std::optional<QVariant> fill(QVariant &target, const SequenceView &view, const QVariant &value)
    {
        const QMetaType type = target.metaType();
        const QMetaSequence sequence = view.metaContainer();
        const QVariant elements = bytesAsList(value, sequence.valueMetaType());
        const auto source = sequenceIn(elements);
        if (!source || !sequence.canAddValue())
            return refuse(value, type);
        qsizetype index = 0;
        for (const QVariant &element : *source) {
            const auto converted = part(index++, element, sequence.valueMetaType());
            if (!converted)
                return std::nullopt;
            sequence.addValue(target.data(), dataOf(*converted, sequence.valueMetaType()));
        }
        return target;
    }

    std::optional<QVariant> fill(QVariant &target, const AssociationView &view,
                                 const QVariant &value)
    {
        const QMetaType type = target.metaType();
        const QMetaAssociation association = view.metaContainer();
        const auto source = associationIn(value);
        if (!source || !association.canSetMappedAtKey())
            return refuse(value, type);
        for (auto it = source->begin(); it != source->end(); ++it) {
            const auto key = convertedName(it.key(), association.keyMetaType());
            if (!key)
                return std::nullopt;
            const auto mapped = part(it.key().toString(), it.value(), association.mappedMetaType());
            if (!mapped)
                return std::nullopt;
            association.setMappedAtKey(target.data(), dataOf(*key, association.keyMetaType()),
                                       dataOf(*mapped, association.mappedMetaType()));
        }
        return target;
    }
    // Two names must not become one key.
    std::optional<QVariant> convertedName(const QVariant &name, QMetaType type)
    {
        auto key = convert(name, type);
        if (key && type != name.metaType() && key->toString() != name.toString())
            return refusePart(name.toString(), type);
        return key;
    }
    std::nullopt_t refusePart(const QString &name, QMetaType type)
    {
        return m_walk.refusePlace(
                QStringLiteral("has the name \"%1\", which is no %2").arg(name, typeNameOf(type)));
    }

    std::optional<QVariant> fillGadget(QVariant &target, const QVariant &value)
    {
        const QMetaType type = target.metaType();
        if (!target.isValid())
            return refuse(value, type);
        const QMetaObject *const description = type.metaObject();
        const auto source = associationIn(value);
        for (auto it = source->begin(); it != source->end(); ++it) {
            const QString name = it.key().toString();
            const int index = description->indexOfProperty(name.toUtf8().constData());
            const QMetaProperty property = description->property(index);
            if (!property.isWritable()) {
                return m_walk.refusePlace(QStringLiteral("has a \"%1\", which no %2 can be given")
                                                  .arg(name, typeNameOf(type)));
            }
            const auto converted = part(name, it.value(), property.metaType());
            if (!converted)
                return std::nullopt;
            if (!property.writeOnGadget(target.data(), *converted))
                return refuse(value, type);
        }
        return target;
    }

    ValueWalk m_walk;
};

} // namespace

std::optional<QVariant> toType(const QVariant &value, QMetaType type, QString *why)
{
    return TypeConverter(why).convert(value, type);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
