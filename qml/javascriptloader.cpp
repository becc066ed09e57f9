// SPDX-License-Identifier: MIT
#include "javascriptloader.h"

#include "cacherequest.h"

#include <SyncMap/object/synccacheobject.h>

namespace SyncMapInternal {

JavaScriptLoader::JavaScriptLoader(SyncCacheObject *object, QJSEngine *engine, QJSValue function)
    : QObject(object), m_engine(engine), m_function(std::move(function))
{
}

bool JavaScriptLoader::set(SyncCacheObject *object, const QJSValue &function)
{
    QJSEngine *engine = qjsEngine(object);
    const auto cache = object->cache();
    if (!function.isCallable() || !engine || !cache)
        return false;
    const auto loaderOf = [object] {
        return object->findChild<JavaScriptLoader *>(QString(), Qt::FindDirectChildrenOnly);
    };
    delete loaderOf();
    new JavaScriptLoader(object, engine, function);
    cache->setLoader(object, [loaderOf](const QString &key, SyncLoadContext<QVariant> load) {
        if (JavaScriptLoader *loader = loaderOf())
            loader->load(key, std::move(load));
        else
            load.fail(QStringLiteral("the loader has gone"));
    });
    object->loaderReplaced();
    return true;
}

void JavaScriptLoader::load(const QString &key, SyncLoadContext<QVariant> load)
{
    if (!m_engine) {
        load.fail(QStringLiteral("the loader's engine has gone"));
        return;
    }
    auto *request = new CacheRequest(std::move(load));
    const QJSValue handle = m_engine->newQObject(request); // which owns it
    const QPointer<CacheRequest> alive(request);
    const QJSValue result = m_function.call({ QJSValue(key), handle });
    if (!alive || result.isUndefined())
        return; // answered already, or later
    if (result.isError()) {
        request->fail(result.toString());
        return;
    }
    const QJSValue wait = result.property(QStringLiteral("then"));
    if (wait.isCallable()) {
        wait.callWithInstance(result,
                              { handle.property(QStringLiteral("finish")),
                                handle.property(QStringLiteral("fail")) });
        return;
    }
    request->finish(QVariant::fromValue(result));
}

} // namespace SyncMapInternal
