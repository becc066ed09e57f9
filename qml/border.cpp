// SPDX-License-Identifier: MIT
#include "border.h"

#include "javascriptvalue.h"
#include "promisewatch.h"

#include <SyncMap/private/object/value/value.h>

#include <QtCore/qthread.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qjsmanagedvalue.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlinfo.h>

// What the build generates from the headers.
// NOLINTNEXTLINE(readability-identifier-naming): that is what they call it
extern void qml_register_types_SyncMap();

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

std::optional<QVariant> call(const QVariant &function, const QVariant &argument,
                             const QObject *where, QString *why)
{
    QJSEngine *const engine = qjsEngine(where);
    const QJSValue value = function.value<QJSValue>();
    if (!value.isCallable() || !engine) {
        *why = QStringLiteral("it takes a function");
        return std::nullopt;
    }
    const QJSValue result =
            QJSManagedValue(value, engine).call({ engine->toScriptValue(argument) });
    if (engine->hasError()) {
        *why = engine->catchError().toString();
        return std::nullopt;
    }
    return result.isUndefined() ? QVariant() : QVariant::fromValue(result);
}

bool isOwnedByJavaScript(QObject *object)
{
    return QJSEngine::objectOwnership(object) == QJSEngine::JavaScriptOwnership;
}

bool hasWrapper(const QObject *object)
{
    return qjsEngine(object) != nullptr;
}

// Between two steps of the collector, what is about to go has its engine still, for which it is null.
bool isCollected(QObject *object)
{
    QJSEngine *const engine = qjsEngine(object);
    return !engine || engine->toScriptValue(object).isNull();
}

void setOwnedByJavaScript(QObject *object, bool isOwned)
{
    QJSEngine::setObjectOwnership(
            object, isOwned ? QJSEngine::JavaScriptOwnership : QJSEngine::CppOwnership);
}

void warn(const QObject *where, const QString &text)
{
    // Where it was made in QML is known to that thread alone.
    if (where->thread() == QThread::currentThread())
        qmlWarning(where) << text;
    else
        qWarning().noquote() << text;
}

bool setBorder()
{
    QmlBorder border;
    border.isOfQml = isOfQml;
    border.call = call;
    border.whenSettled = PromiseWatch::watch;
    border.toPlain = toPlainOfQml;
    border.isOwnedByJavaScript = isOwnedByJavaScript;
    border.hasWrapper = hasWrapper;
    border.isCollected = isCollected;
    border.setOwnedByJavaScript = setOwnedByJavaScript;
    border.warn = warn;
    setQmlBorder(border);
    return true;
}

[[maybe_unused]] const bool isBorderSet = setBorder();

} // namespace
} // namespace SYNCMAP_ABI

void keepQmlModule()
{
    // A static library would come without the file that registers the types.
    static volatile auto registration = &qml_register_types_SyncMap;
    Q_UNUSED(registration);
}

} // namespace SyncMapInternal
