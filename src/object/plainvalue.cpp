// SPDX-License-Identifier: MIT
#include <SyncMap/object/plainvalue.h>

#include "logging.h"

#include <QtCore/qmath.h>
#include <QtCore/qobject.h>
#include <QtCore/qthread.h>

namespace SyncMapInternal {

namespace {

QmlBorder theBorder;

QObject *objectIn(const QVariant &value)
{
    if (value.metaType().flags() & QMetaType::PointerToQObject)
        return *static_cast<QObject *const *>(value.constData());
    return nullptr;
}

} // namespace

void setQmlBorder(const QmlBorder &border) noexcept
{
    theBorder = border;
}

const QmlBorder &qmlBorder() noexcept
{
    return theBorder;
}

std::optional<QVariant> toPlain(const QVariant &value, QString *why)
{
    if (!value.isValid()) {
        *why = QStringLiteral("undefined is no value");
        return std::nullopt;
    }
    QVariant plain = value;
    if (theBorder.toPlain) {
        const std::optional<QVariant> converted = theBorder.toPlain(value, why);
        if (!converted)
            return std::nullopt;
        plain = *converted;
    }
    if (QObject *object = objectIn(plain)) {
        if (theBorder.isOwnedByJavaScript && theBorder.isOwnedByJavaScript(object)) {
            *why = QStringLiteral(
                    "an object that JavaScript owns may be collected at any time: give "
                    "it a parent");
            return std::nullopt;
        }
        return QVariant::fromValue(KeptObject { object, object });
    }
    return plain;
}

QVariant toShown(const QVariant &value)
{
    if (Q_LIKELY(value.metaType() != QMetaType::fromType<KeptObject>()))
        return value;
    QObject *object = static_cast<const KeptObject *>(value.constData())->object;
    if (object && object->thread() != QThread::currentThread())
        object = nullptr;
    return QVariant::fromValue(object);
}

bool isSameValue(const QVariant &a, const QVariant &b)
{
    if (a.metaType() != b.metaType())
        return false;
    const int type = a.metaType().id();
    if (type == QMetaType::Double || type == QMetaType::Float) {
        const double left = a.toDouble();
        const double right = b.toDouble();
        return qIsNaN(left) ? qIsNaN(right) : left == right;
    }
    // What cannot be compared may be different.
    return (!a.isValid() || a.metaType().isEqualityComparable()) && a == b;
}

void warnAt(const QObject *where, const QString &text)
{
    if (theBorder.warn)
        theBorder.warn(where, text);
    else
        qCWarning(lcObject).noquote() << text;
}

} // namespace SyncMapInternal
