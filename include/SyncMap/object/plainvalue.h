// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/syncmapglobal.h>

#include <QtCore/qpointer.h>
#include <QtCore/qvariant.h>

#include <functional>
#include <optional>

namespace SyncMapInternal {

// Values cross the border between the interface and a cache as plain data, which belongs to no
// JavaScript engine and to no thread.

// How a QObject is kept: its end does not leave a dangling pointer.
struct KeptObject
{
    QPointer<QObject> object;
    const QObject *identity = nullptr; // also when the object has gone; not to be followed
};

// What only a library that knows QML can do. Set once, by it.
struct QmlBorder
{
    // Turns what holds a JavaScript value into plain data; nullopt, with the reason, if it cannot.
    std::optional<QVariant> (*toPlain)(const QVariant &value, QString *why) = nullptr;
    bool (*isOwnedByJavaScript)(QObject *object) = nullptr;
    void (*warn)(const QObject *where, const QString &text) = nullptr;
    // Of objects that the library hands out: whether an engine has a wrapper for it, and whether it
    // may be collected with that.
    bool (*hasWrapper)(const QObject *object) = nullptr;
    void (*setOwnedByJavaScript)(QObject *object, bool isOwned) = nullptr;
};
SYNCMAP_EXPORT void setQmlBorder(const QmlBorder &border) noexcept;
const QmlBorder &qmlBorder() noexcept;

SYNCMAP_EXPORT std::optional<QVariant> toPlain(const QVariant &value, QString *why);
// The value as it is shown in the calling thread: a QObject of another one is null.
QVariant toShown(const QVariant &value);
// NaN equals NaN: else a binding to it would run for ever.
bool isSameValue(const QVariant &a, const QVariant &b);
SYNCMAP_EXPORT void warnAt(const QObject *where, const QString &text);

} // namespace SyncMapInternal

Q_DECLARE_METATYPE(SyncMapInternal::KeptObject)
