// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/value/settlement.h>
#include <SyncMap/private/object/value/valuewalk.h>

#include <QtCore/qpointer.h>
#include <QtCore/qvariant.h>

#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Values cross the border between the interface and a cache as plain data, which belongs to no
// JavaScript engine and to no thread.

// How a QObject is kept: its end does not leave a dangling pointer. It is followed in one thread alone,
// that in which it lived when it was put, for another one may be deleting it. That thread is known by a
// QPointer, which is compared and not followed: neither a handle of the system nor an address would do,
// as both are used again for other threads. Who moves the object puts it anew.
struct KeptObject
{
    QPointer<QObject> object;
    const QObject *identity = nullptr; // also when the object has gone; not to be followed
    QPointer<QObject> thread = {};

    friend bool operator==(const KeptObject &a, const KeptObject &b) noexcept
    {
        return a.identity == b.identity && a.object == b.object;
    }
};

// What only a library that knows QML can do. Set once, by it.
struct QmlBorder
{
    bool (*isOfQml)(QMetaType type) = nullptr;
    // What is of QML as plain data; nullopt, with the reason, if it cannot be.
    std::optional<QVariant> (*toPlain)(const QVariant &value, ValueWalk &walk) = nullptr;
    // What a function of JavaScript makes of an argument; nullopt, with the reason, if it throws.
    std::optional<QVariant> (*call)(const QVariant &function, const QVariant &argument,
                                    const QObject *where, QString *why) = nullptr;
    // Tells how a promise ends; false if it is none, or nobody can say.
    bool (*whenSettled)(const QVariant &promise, const QObject *where,
                        const OnSettled &settled) = nullptr;
    bool (*isOwnedByJavaScript)(QObject *object) = nullptr;
    void (*warn)(const QObject *where, const QString &text) = nullptr;
    // Of objects that the library hands out: whether an engine has a wrapper for it, and whether it
    // may be collected with that.
    bool (*hasWrapper)(const QObject *object) = nullptr;
    // Of one that is the collector's: QML takes it for gone, and it goes with a pass of the event loop.
    bool (*isCollected)(QObject *object) = nullptr;
    void (*setOwnedByJavaScript)(QObject *object, bool isOwned) = nullptr;
};
SYNCMAP_EXPORT void setQmlBorder(const QmlBorder &border) noexcept;
const QmlBorder &qmlBorder() noexcept;

// What may be kept, at any depth: no reference to what may end, or belongs to somebody. A QObject alone
// is kept as a KeptObject. Local times become UTC: the same instant, wherever it is read.
SYNCMAP_EXPORT std::optional<QVariant> toPlain(const QVariant &value, QString *why);
// The same for a part.
SYNCMAP_EXPORT std::optional<QVariant> toPlain(const QVariant &value, ValueWalk &walk);
// The value as it is shown in the calling thread: a QObject of another one is null, and containers
// that QML cannot read are lists and maps of variants.
QVariant toShown(const QVariant &value);
// By type and value, at any depth: no text is a number, while all numbers are of one type, as in
// JavaScript. NaN equals NaN, else a binding to it would run for ever. What cannot be compared, or is
// nested too deeply, is another.
SYNCMAP_EXPORT bool isSameValue(const QVariant &a, const QVariant &b);
SYNCMAP_EXPORT void warnAt(const QObject *where, const QString &text);

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

Q_DECLARE_METATYPE(SyncMapInternal::KeptObject)
