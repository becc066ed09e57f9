// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/value/valuecodec.h>

#include <SyncMap/private/object/value/plainvalue.h>

#include "containers.h"

#include <QtCore/qthread.h>

#include <string>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// Beside them, what is known to QML by itself: its own types of Qt Gui, too, where that is linked.
constexpr auto ReadableFlags = QMetaType::PointerToQObject | QMetaType::IsGadget
        | QMetaType::PointerToGadget | QMetaType::IsEnumeration;

// Those of Qt Core that QML of Qt 6.4 does not read, or that have parts of any type.
bool isReadAsItIs(QMetaType type)
{
    switch (type.id()) {
    case QMetaType::SChar:
    case QMetaType::Long:
    case QMetaType::ULong:
    case QMetaType::QVariant:
    case QMetaType::QVariantList:
    case QMetaType::QVariantMap:
    case QMetaType::QVariantHash:
    case QMetaType::QVariantPair:
    case QMetaType::QByteArrayList:
    case QMetaType::QCborValue:
    case QMetaType::QCborArray:
    case QMetaType::QCborMap:
        return false;
    default:
        return type.id() < QMetaType::User || type.flags() & ReadableFlags;
    }
}

// True if the value has become another.
bool makeReadable(QVariant &value, int depth);

bool makeElementsReadable(QVariantList &list, int depth)
{
    bool isOther = false;
    const QVariantList before = list;
    qsizetype place = 0;
    for (const QVariant &element : before) {
        QVariant readable = element;
        if (makeReadable(readable, depth)) {
            list[place] = readable;
            isOther = true;
        }
        ++place;
    }
    return isOther;
}

bool makeMembersReadable(QVariantMap &map, int depth)
{
    bool isOther = false;
    const QVariantMap before = map;
    for (auto it = before.cbegin(); it != before.cend(); ++it) {
        if (isReadAsItIs(it->metaType()))
            continue;
        QVariant member = *it;
        if (makeReadable(member, depth)) {
            map.insert(it.key(), member);
            isOther = true;
        }
    }
    return isOther;
}

void makeAssociationReadable(QVariant &value, const AssociationView &association, int depth)
{
    QVariantMap map;
    for (auto it = association.begin(); it != association.end(); ++it)
        map.insert(it.key().toString(), it.value());
    makeMembersReadable(map, depth);
    value = map;
}

bool makeSequenceReadable(QVariant &value, const SequenceView &sequence, int depth)
{
    bool isOther = value.metaType() == QMetaType::fromType<QByteArrayList>();
    if (!isOther && isReadAsItIs(sequence.metaContainer().valueMetaType()))
        return false;
    QVariantList list;
    for (const QVariant &element : sequence)
        list.append(element);
    isOther |= makeElementsReadable(list, depth);
    if (isOther)
        value = list;
    return isOther;
}

bool makeReadable(QVariant &value, int depth)
{
    const QMetaType type = value.metaType();
    if (isReadAsItIs(type) || depth >= ValueWalk::DeepestNesting)
        return false;
    switch (type.id()) {
    case QMetaType::UnknownType:
        return false;
    case QMetaType::SChar:
        return value.convert(QMetaType::fromType<int>());
    case QMetaType::Long:
        return value.convert(QMetaType::fromType<qlonglong>());
    case QMetaType::ULong:
        return value.convert(QMetaType::fromType<qulonglong>());
    case QMetaType::QVariantList: {
        QVariantList list = *static_cast<const QVariantList *>(value.constData());
        if (!makeElementsReadable(list, depth + 1))
            return false;
        value = list;
        return true;
    }
    case QMetaType::QVariantMap: {
        QVariantMap map = *static_cast<const QVariantMap *>(value.constData());
        if (!makeMembersReadable(map, depth + 1))
            return false;
        value = map;
        return true;
    }
    case QMetaType::QVariant:
        value = QVariant(*static_cast<const QVariant *>(value.constData()));
        makeReadable(value, depth + 1);
        return true;
    default:
        break;
    }
    if (type == QMetaType::fromType<std::string>()) {
        value = QString::fromStdString(*static_cast<const std::string *>(value.constData()));
        return true;
    }
    if (const auto association = associationIn(value)) {
        makeAssociationReadable(value, *association, depth + 1);
        return true;
    }
    if (const auto sequence = sequenceIn(value))
        return makeSequenceReadable(value, *sequence, depth + 1);
    if (const auto pair = pairIn(value)) {
        QVariantList members { pair->first, pair->second };
        makeElementsReadable(members, depth + 1);
        value = members;
        return true;
    }
    for (const QMetaType readable :
         { QMetaType::fromType<QVariantMap>(), QMetaType::fromType<QVariantList>(),
           QMetaType::fromType<QString>() }) {
        if (QMetaType::canConvert(type, readable))
            return value.convert(readable);
    }
    return false;
}

// Null if it is of another thread, or was moved to one.
QObject *objectSeenHere(const KeptObject &kept)
{
    QThread *const here = QThread::currentThread();
    if (kept.thread != here)
        return nullptr;
    QObject *const object = kept.object;
    return object && object->thread() == here ? object : nullptr;
}

} // namespace

QVariant toShown(const QVariant &value)
{
    if (Q_LIKELY(isReadAsItIs(value.metaType())))
        return value;
    if (value.metaType() == QMetaType::fromType<KeptObject>())
        return QVariant::fromValue(
                objectSeenHere(*static_cast<const KeptObject *>(value.constData())));
    QVariant shown = value;
    makeReadable(shown, 0);
    return shown;
}

bool isReadableByQml(QMetaType type)
{
    if (type.id() < QMetaType::User || type.flags() & ReadableFlags
        || type == QMetaType::fromType<std::string>())
        return true;
    const QVariant example = madeOf(type);
    if (const auto sequence = sequenceIn(example))
        return isReadableByQml(sequence->metaContainer().valueMetaType());
    if (const auto association = associationIn(example)) {
        const QMetaType key = association->metaContainer().keyMetaType();
        return QMetaType::canConvert(key, QMetaType::fromType<QString>())
                && isReadableByQml(association->metaContainer().mappedMetaType());
    }
    if (const auto pair = pairIn(example))
        return isReadableByQml(pair->first.metaType()) && isReadableByQml(pair->second.metaType());
    return QMetaType::canConvert(type, QMetaType::fromType<QVariantMap>())
            || QMetaType::canConvert(type, QMetaType::fromType<QVariantList>())
            || QMetaType::canConvert(type, QMetaType::fromType<QString>());
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
