// SPDX-License-Identifier: MIT
#include "javascriptloader.h"

#include "cacherequest.h"

#include <QtCore/qcoreapplication.h>

using namespace SyncMapInternal;

JavaScriptLoader::JavaScriptLoader(QJSEngine *engine, QJSValue function)
    : m_engine(engine), m_function(std::move(function))
{
}

void JavaScriptLoader::load(const QString &key, const Load &load)
{
    if (!m_engine) {
        load.fail(QCoreApplication::translate("SyncCacheObject", "The loader's engine has gone."));
        return;
    }
    auto *request = new CacheRequest(key, load);
    const QJSValue handle = m_engine->newQObject(request); // which owns it
    const QPointer<CacheRequest> alive(request);
    m_requests.removeIf([](const auto &one) { return !one.value() || one.value()->isAnswered(); });
    m_requests.insert(request, request);
    QJSValue function = m_function; // the call may replace this
    const QJSValue result = function.call({ QJSValue(key), handle });
    if (!alive || result.isUndefined())
        return; // answered already, or later
    if (result.isError()) {
        request->fail(QVariant::fromValue(result));
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

ObjectLoader::Unanswered JavaScriptLoader::takeUnanswered()
{
    Unanswered all;
    for (const auto &request : std::exchange(m_requests, {})) {
        if (request && !request->isAnswered())
            all.emplace_back(request->key(), request->takeLoad());
    }
    return all;
}
