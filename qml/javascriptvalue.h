// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/value/value.h>

#include <QtCore/qvariant.h>
#include <QtQml/qjsvalue.h>

#include <optional>

class QJSEngine;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What only QML has: values of JavaScript, and lists of objects.
bool isOfQml(QMetaType type);
// Plain data of what QML hands over: objects and arrays become maps and lists, all the way down, since
// a QJSValue would tie the cache to one engine, and let a change of the object change the cache
// silently. Nullopt, with the reason, for what has no meaning outside of its engine.
std::optional<QVariant> toPlainOfQml(const QVariant &value, ValueWalk &walk);
// A method of an object that the engine owns, and that lives as long as the method does: the method
// alone would not keep it from being collected.
QJSValue boundMethod(const QJSValue &object, const QString &name);
// Has the two methods of \a handle called with how a promise ends, or what else has a then(); false if
// the value has none. What that throws is a rejection, as in JavaScript: nothing, once it has settled.
bool whenSettled(const QJSValue &value, QJSEngine *engine, const QJSValue &handle,
                 const QString &fulfilled, const QString &rejected);
// Of what was thrown, or of what a promise was rejected with.
QString textOfReason(const QVariant &reason);

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
