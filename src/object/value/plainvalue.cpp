// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/value/plainvalue.h>

#include "../logging.h"
#include "containers.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qmutex.h>
#include <QtCore/qthread.h>
#include <QtCore/qvarlengtharray.h>

#include <mutex>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

QmlBorder theBorder;

constexpr auto ObjectPointer = QMetaType::PointerToQObject | QMetaType::TrackingPointerToQObject;
constexpr auto SharedObject = QMetaType::SharedPointerToQObject | QMetaType::WeakPointerToQObject;

// Of Qt's own types, those that are not plain, or have parts.
bool isPlainForSure(QMetaType type)
{
    switch (type.id()) {
    case QMetaType::QVariant:
    case QMetaType::QVariantList:
    case QMetaType::QVariantMap:
    case QMetaType::QVariantHash:
    case QMetaType::QVariantPair:
    case QMetaType::QDateTime:
    case QMetaType::QObjectStar:
    case QMetaType::VoidStar:
    case QMetaType::QModelIndex:
    case QMetaType::QPersistentModelIndex:
        return false;
    default:
        return type.id() < QMetaType::User || type.flags() & QMetaType::IsEnumeration;
    }
}

// Makes plain what it is given: values by their types, and their parts likewise.
class PlainMaker
{
public:
    explicit PlainMaker(ValueWalk &walk) : m_walk(walk) { }

    enum class Outcome : quint8 { Refused, AsItWas, Changed };

    Outcome make(QVariant &value)
    {
        const QMetaType type = value.metaType();
        if (!value.isValid() || isPlainForSure(type))
            return Outcome::AsItWas;
        switch (type.id()) {
        case QMetaType::QDateTime:
            return makeInstant(value);
        case QMetaType::QVariantList:
            return makeList(value);
        case QMetaType::QVariantMap:
            return makeNamed<QVariantMap>(value);
        case QMetaType::QVariantHash:
            return makeNamed<QVariantHash>(value);
        case QMetaType::QModelIndex:
        case QMetaType::QPersistentModelIndex:
            return refuse(aTypeOf(value), QStringLiteral("belongs to its model"));
        case QMetaType::QVariant:
            do
                value = QVariant(*static_cast<const QVariant *>(value.constData()));
            while (value.metaType() == QMetaType::fromType<QVariant>());
            return make(value) == Outcome::Refused ? Outcome::Refused : Outcome::Changed;
        default:
            break;
        }
        if (theBorder.isOfQml && theBorder.isOfQml(type)) {
            const std::optional<QVariant> plain = theBorder.toPlain(value, m_walk);
            if (!plain)
                return Outcome::Refused;
            value = *plain;
            return Outcome::Changed;
        }
        const QMetaType::TypeFlags flags = type.flags();
        if (flags & ObjectPointer)
            return makeObject(value);
        if (flags & SharedObject)
            return refuse(aTypeOf(value), QStringLiteral("is a live reference"));
        if (flags & QMetaType::IsQmlList)
            return refuse(aTypeOf(value), QStringLiteral("is a live list of objects"));
        if (flags & QMetaType::IsPointer)
            return makePointer(value);
        return makeContainer(value);
    }

private:
    static QString aTypeOf(const QVariant &value)
    {
        return QStringLiteral("a %1").arg(QLatin1String(value.typeName()));
    }
    Outcome refuse(const QString &what, const QString &rule)
    {
        m_walk.refuse(what, rule);
        return Outcome::Refused;
    }
    Outcome refuseDepth()
    {
        m_walk.refusePlace(QStringLiteral("is nested too deeply"));
        return Outcome::Refused;
    }

    static Outcome makeInstant(QVariant &value)
    {
        const QDateTime moment = *static_cast<const QDateTime *>(value.constData());
        if (moment.timeSpec() != Qt::LocalTime)
            return Outcome::AsItWas;
        value = moment.toUTC();
        return Outcome::Changed;
    }

    Outcome makeObject(QVariant &value)
    {
        QObject *const object = value.value<QObject *>();
        if (!object) {
            value = QVariant::fromValue(nullptr);
            return Outcome::Changed;
        }
        if (!m_walk.isAtTop())
            return refuse(QStringLiteral("a QObject"),
                          QStringLiteral("can be a value, but not a part of one"));
        // What has a parent is not collected.
        if (!object->parent() && theBorder.isOwnedByJavaScript
            && theBorder.isOwnedByJavaScript(object)) {
            return refuse(QStringLiteral("an object"),
                          QStringLiteral("that JavaScript owns may be collected at any time: give "
                                         "it a parent"));
        }
        value = QVariant::fromValue(kept(object));
        return Outcome::Changed;
    }

    // Of the first QPointers to an object, made in several threads, Qt hands one's count to the others
    // without an order.
    static KeptObject kept(QObject *object)
    {
        static QBasicMutex mutex;
        const std::lock_guard lock(mutex);
        return { object, object, object->thread() };
    }

    Outcome makePointer(QVariant &value)
    {
        if (*static_cast<void *const *>(value.constData()))
            return refuse(aTypeOf(value), QStringLiteral("leads to what may end at any time"));
        value = QVariant::fromValue(nullptr);
        return Outcome::Changed;
    }

    template <typename Place>
    Outcome makePart(Place place, QVariant &part)
    {
        const ValueWalk::Step step(m_walk, std::move(place));
        return make(part);
    }

    Outcome makeList(QVariant &value)
    {
        if (m_walk.isTooDeep())
            return refuseDepth();
        QVariantList list = *static_cast<const QVariantList *>(value.constData());
        Outcome all = Outcome::AsItWas;
        for (qsizetype i = 0; i < list.size(); ++i) {
            if (isPlainForSure(list.at(i).metaType()))
                continue;
            QVariant part = list.at(i);
            const Outcome outcome = makePart(i, part);
            if (outcome == Outcome::Refused)
                return outcome;
            if (outcome == Outcome::Changed) {
                list[i] = part;
                all = outcome;
            }
        }
        if (all == Outcome::Changed)
            value = list;
        return all;
    }

    template <typename Container>
    Outcome makeNamed(QVariant &value)
    {
        if (m_walk.isTooDeep())
            return refuseDepth();
        const Container before = *static_cast<const Container *>(value.constData());
        Container after = before;
        Outcome all = Outcome::AsItWas;
        for (auto it = before.cbegin(); it != before.cend(); ++it) {
            if (isPlainForSure(it->metaType()))
                continue;
            QVariant part = *it;
            const Outcome outcome = makePart(it.key(), part);
            if (outcome == Outcome::Refused)
                return outcome;
            if (outcome == Outcome::Changed) {
                after.insert(it.key(), part);
                all = outcome;
            }
        }
        if (all == Outcome::Changed)
            value = after;
        return all;
    }

    // Of types that are not Qt's.
    Outcome makeContainer(QVariant &value)
    {
        QVarLengthArray<QMetaType> seen;
        if (!mayRefer(value.metaType(), seen))
            return Outcome::AsItWas;
        if (m_walk.isTooDeep())
            return refuseDepth();
        if (const auto sequence = sequenceIn(value))
            return makeSequence(value, *sequence);
        if (const auto association = associationIn(value))
            return makeAssociation(value, *association);
        if (const auto pair = pairIn(value)) {
            const QVariantList members { pair->first, pair->second };
            return makeParts(value, members);
        }
        return checkGadget(value);
    }

    Outcome makeSequence(QVariant &value, const SequenceView &sequence)
    {
        QVariantList list;
        for (const QVariant &element : sequence)
            list.append(element);
        return makeParts(value, list);
    }
    // The type stays if no part has to become another.
    Outcome makeParts(QVariant &value, const QVariantList &parts)
    {
        QVariant list(parts);
        const Outcome outcome = makeList(list);
        if (outcome == Outcome::Changed)
            value = list;
        return outcome;
    }
    Outcome makeAssociation(QVariant &value, const AssociationView &association)
    {
        QVariantMap map;
        for (auto it = association.begin(); it != association.end(); ++it) {
            QVariant key = it.key();
            const Outcome outcome = makePart(QStringLiteral("a key"), key);
            if (outcome == Outcome::Refused)
                return outcome;
            map.insert(key.toString(), it.value());
        }
        QVariant named(map);
        const Outcome outcome = makeNamed<QVariantMap>(named);
        if (outcome == Outcome::Changed)
            value = named;
        return outcome;
    }

    // A gadget stays one: what its properties show has to be plain as it is.
    Outcome checkGadget(QVariant &value)
    {
        const QMetaObject *const description = value.metaType().metaObject();
        for (int i = 0; description && i < description->propertyCount(); ++i) {
            const QMetaProperty property = description->property(i);
            QVarLengthArray<QMetaType> seen;
            if (!mayRefer(property.metaType(), seen))
                continue;
            if (++m_gadgetReads > MostGadgetReads)
                return refuseDepth();
            QVariant part = property.readOnGadget(value.constData());
            if (makePart(QString::fromUtf8(property.name()), part) == Outcome::Refused)
                return Outcome::Refused;
        }
        return Outcome::AsItWas;
    }

    // Whether a value of the type can lead to what is not plain; a gadget by its properties. Those that
    // compute another one of its own type, as normalized() would, are not followed in a circle.
    static bool mayRefer(QMetaType type, QVarLengthArray<QMetaType> &seen)
    {
        if (type == QMetaType::fromType<QDateTime>() || isPlainForSure(type))
            return false;
        constexpr auto pointers =
                ObjectPointer | SharedObject | QMetaType::IsQmlList | QMetaType::IsPointer;
        if (type.id() < QMetaType::User || type.flags() & pointers
            || (theBorder.isOfQml && theBorder.isOfQml(type)))
            return true;
        if (seen.contains(type))
            return false;
        seen.append(type);
        if (type.flags() & QMetaType::IsGadget) {
            const QMetaObject *const description = type.metaObject();
            for (int i = 0; i < description->propertyCount(); ++i) {
                if (mayRefer(description->property(i).metaType(), seen))
                    return true;
            }
            return false;
        }
        const QVariant example = madeOf(type);
        if (const auto sequence = sequenceIn(example))
            return mayRefer(sequence->metaContainer().valueMetaType(), seen);
        if (const auto association = associationIn(example)) {
            return mayRefer(association->metaContainer().keyMetaType(), seen)
                    || mayRefer(association->metaContainer().mappedMetaType(), seen);
        }
        if (const auto pair = pairIn(example))
            return mayRefer(pair->first.metaType(), seen)
                    || mayRefer(pair->second.metaType(), seen);
        return false;
    }

    // A property that makes another gadget each time it is read has no end.
    static constexpr int MostGadgetReads = 100'000;

    ValueWalk &m_walk;
    int m_gadgetReads = 0;
};

} // namespace

void setQmlBorder(const QmlBorder &border) noexcept
{
    theBorder = border;
}

const QmlBorder &qmlBorder() noexcept
{
    return theBorder;
}

std::optional<QVariant> toPlain(const QVariant &value, ValueWalk &walk)
{
    QVariant plain = value;
    if (PlainMaker(walk).make(plain) == PlainMaker::Outcome::Refused)
        return std::nullopt;
    return plain;
}

std::optional<QVariant> toPlain(const QVariant &value, QString *why)
{
    ValueWalk walk(why);
    if (!value.isValid())
        return walk.refuse(QStringLiteral("undefined"), QStringLiteral("is no value"));
    return toPlain(value, walk);
}

void warnAt(const QObject *where, const QString &text)
{
    if (theBorder.warn)
        theBorder.warn(where, text);
    else
        qCWarning(lcObject).noquote() << text;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
