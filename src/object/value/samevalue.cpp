// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/value/plainvalue.h>

#include "containers.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qline.h>
#include <QtCore/qnumeric.h>
#include <QtCore/qpoint.h>
#include <QtCore/qrect.h>
#include <QtCore/qsize.h>
#include <QtCore/qtimezone.h>

#include <cstring>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

bool isSame(const QVariant &a, const QVariant &b, int depth);

// Numbers. Those of JavaScript come as int where they are whole.

bool isSignedType(int type)
{
    return type == QMetaType::Int || type == QMetaType::LongLong || type == QMetaType::Long
            || type == QMetaType::Short || type == QMetaType::SChar;
}
bool isUnsignedType(int type)
{
    return type == QMetaType::UInt || type == QMetaType::ULongLong || type == QMetaType::ULong
            || type == QMetaType::UShort || type == QMetaType::UChar;
}
bool isFloating(int type)
{
    return type == QMetaType::Double || type == QMetaType::Float;
}
bool isNumeric(int type)
{
    return isSignedType(type) || isUnsignedType(type) || isFloating(type);
}

bool isSameNumber(double a, double b)
{
    return qIsNaN(a) ? qIsNaN(b) : a == b;
}
bool isBelowZero(const QVariant &integer)
{
    return isSignedType(integer.metaType().id()) && integer.toLongLong() < 0;
}
bool isSameInteger(const QVariant &a, const QVariant &b)
{
    return isBelowZero(a) == isBelowZero(b) && a.toULongLong() == b.toULongLong();
}
// The integer as it is, not as the nearest that a double can be.
bool isSameInteger(const QVariant &integer, double number)
{
    constexpr double twoTo63 = 9223372036854775808.0;
    if (isBelowZero(integer))
        return number >= -twoTo63 && number < 0 && double(qint64(number)) == number
                && qint64(number) == integer.toLongLong();
    return number >= 0 && number < 2 * twoTo63 && double(quint64(number)) == number
            && quint64(number) == integer.toULongLong();
}
bool areSameNumbers(const QVariant &a, const QVariant &b)
{
    const bool isAFloating = isFloating(a.metaType().id());
    const bool isBFloating = isFloating(b.metaType().id());
    if (isAFloating && isBFloating)
        return isSameNumber(a.toDouble(), b.toDouble());
    if (isAFloating)
        return isSameInteger(b, a.toDouble());
    return isBFloating ? isSameInteger(a, b.toDouble()) : isSameInteger(a, b);
}

// What Qt compares but roughly.

bool isSameExactly(const QPointF &a, const QPointF &b)
{
    return isSameNumber(a.x(), b.x()) && isSameNumber(a.y(), b.y());
}
bool isSameExactly(const QSizeF &a, const QSizeF &b)
{
    return isSameNumber(a.width(), b.width()) && isSameNumber(a.height(), b.height());
}
bool isSameExactly(const QRectF &a, const QRectF &b)
{
    return isSameExactly(a.topLeft(), b.topLeft()) && isSameExactly(a.size(), b.size());
}
bool isSameExactly(const QLineF &a, const QLineF &b)
{
    return isSameExactly(a.p1(), b.p1()) && isSameExactly(a.p2(), b.p2());
}
// The same instant of another zone has another text.
bool isSameExactly(const QDateTime &a, const QDateTime &b)
{
    return a == b && a.timeSpec() == b.timeSpec() && a.offsetFromUtc() == b.offsetFromUtc()
            && (a.timeSpec() != Qt::TimeZone || a.timeZone() == b.timeZone());
}
template <typename T>
bool areSame(const QVariant &a, const QVariant &b)
{
    return isSameExactly(*static_cast<const T *>(a.constData()),
                         *static_cast<const T *>(b.constData()));
}

// Containers.

bool isSameList(const QVariantList &a, const QVariantList &b, int depth)
{
    if (a.size() != b.size())
        return false;
    for (qsizetype i = 0; i < a.size(); ++i) {
        if (!isSame(a.at(i), b.at(i), depth))
            return false;
    }
    return true;
}

bool isSameMap(const QVariantMap &a, const QVariantMap &b, int depth)
{
    if (a.size() != b.size())
        return false;
    for (auto i = a.cbegin(), j = b.cbegin(); i != a.cend(); ++i, ++j) {
        if (i.key() != j.key() || !isSame(*i, *j, depth))
            return false;
    }
    return true;
}

// Whether == says it all: it does not see NaN, types within a QVariant, and small distances.
bool isComparedExactly(QMetaType type)
{
    const int id = type.id();
    return type.isEqualityComparable()
            && (isSignedType(id) || isUnsignedType(id) || id == QMetaType::Bool
                || id == QMetaType::QString || id == QMetaType::QByteArray
                || type.flags() & QMetaType::IsEnumeration);
}

bool areSequencesSame(const QVariant &a, const SequenceView &sequence, const QVariant &b, int depth)
{
    if (isComparedExactly(sequence.metaContainer().valueMetaType())
        && a.metaType().isEqualityComparable())
        return a == b;
    const SequenceView other = *sequenceIn(b);
    auto i = sequence.begin();
    auto j = other.begin();
    while (i != sequence.end() && j != other.end() && isSame(*i, *j, depth)) {
        ++i;
        ++j;
    }
    if (i == sequence.end() && j == other.end())
        return true;
    // A set has no order of its own.
    return !sequence.canReverseIterate() && a.metaType().isEqualityComparable() && a == b;
}

bool areAssociationsSame(const AssociationView &a, const AssociationView &b, int depth)
{
    if (a.size() != b.size())
        return false;
    for (auto it = a.begin(); it != a.end(); ++it) {
        const auto other = b.find(it.key());
        if (other == b.end() || !isSame(it.value(), other.value(), depth))
            return false;
    }
    return true;
}

// The same data, or the same bits. Values of a type that cannot be compared may still differ, in what
// their pointers lead to.
bool areSameBits(const QVariant &a, const QVariant &b)
{
    const QMetaType type = a.metaType();
    return type.isEqualityComparable()
            && (a.constData() == b.constData()
                || std::memcmp(a.constData(), b.constData(), std::size_t(type.sizeOf())) == 0);
}

bool isSame(const QVariant &a, const QVariant &b, int depth)
{
    const QMetaType type = a.metaType();
    if (isNumeric(type.id()) && isNumeric(b.metaType().id()))
        return areSameNumbers(a, b);
    if (type != b.metaType())
        return false;
    if (!a.isValid())
        return true;
    if (depth >= ValueWalk::DeepestNesting)
        return false;
    // Its bits may be those of a QVariant whose value cannot be compared.
    if (const auto pair = type.id() >= QMetaType::User ? pairIn(a) : std::nullopt) {
        const auto other = pairIn(b);
        return isSame(pair->first, other->first, depth + 1)
                && isSame(pair->second, other->second, depth + 1);
    }
    if (areSameBits(a, b))
        return true;
    switch (type.id()) {
    case QMetaType::QString:
    case QMetaType::QByteArray:
        return a == b;
    case QMetaType::QVariant:
        return isSame(*static_cast<const QVariant *>(a.constData()),
                      *static_cast<const QVariant *>(b.constData()), depth + 1);
    case QMetaType::QVariantList:
        return isSameList(*static_cast<const QVariantList *>(a.constData()),
                          *static_cast<const QVariantList *>(b.constData()), depth + 1);
    case QMetaType::QVariantMap:
        return isSameMap(*static_cast<const QVariantMap *>(a.constData()),
                         *static_cast<const QVariantMap *>(b.constData()), depth + 1);
    case QMetaType::QPointF:
        return areSame<QPointF>(a, b);
    case QMetaType::QSizeF:
        return areSame<QSizeF>(a, b);
    case QMetaType::QRectF:
        return areSame<QRectF>(a, b);
    case QMetaType::QLineF:
        return areSame<QLineF>(a, b);
    case QMetaType::QDateTime:
        return areSame<QDateTime>(a, b);
    default:
        break;
    }
    if (type.id() >= QMetaType::User || type.id() == QMetaType::QVariantHash) {
        if (const auto sequence = sequenceIn(a))
            return areSequencesSame(a, *sequence, b, depth + 1);
        if (const auto association = associationIn(a))
            return areAssociationsSame(*association, *associationIn(b), depth + 1);
    }
    return type.isEqualityComparable() && type.equals(a.constData(), b.constData());
}

} // namespace

bool isSameValue(const QVariant &a, const QVariant &b)
{
    return isSame(a, b, 0);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
