// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/loading/loading.h>

#include <QtCore/qobject.h>
#include <QtCore/qpointer.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qjsvalue.h>

class SyncCacheObject;

namespace SyncMapInternal {

// Calls a function of JavaScript, in the thread of its engine, to load what a cache misses. It belongs
// to the object, not to the cache, which may be shared, outlive the engine, and end in another
// thread.
class JavaScriptLoader : public QObject
{
    Q_OBJECT

public:
    // False if \a function is none, or the cache is of other types than texts and variants.
    static bool set(SyncCacheObject *object, const QJSValue &function);

private:
    JavaScriptLoader(SyncCacheObject *object, QJSEngine *engine, QJSValue function);
    void load(const QString &key, SyncLoadContext<QVariant> load);

    const QPointer<QJSEngine> m_engine;
    const QJSValue m_function;
};

} // namespace SyncMapInternal
