// SPDX-License-Identifier: MIT
#include "javascriptloader.h"

#include "cacherequest.h"
#include "javascriptvalue.h"

#include <QtCore/qcoreapplication.h>
#include <QtQml/qjsmanagedvalue.h>

using namespace SyncMapInternal;

JavaScriptLoader::JavaScriptLoader(QJSEngine *engine, QJSValue function)
    : m_engine(engine), m_function(std::move(function))
{
}

void JavaScriptLoader::load(const QString &key, const Load &load, const Keep &keep)
{
    if (!m_engine) {
        load.fail(QCoreApplication::translate("SyncCacheObject", "The loader's engine has gone."));
        return;
    }
    auto *request = new CacheRequest(key, load, keep);
    const QJSValue handle = m_engine->newQObject(request); // which owns it
    const QPointer<CacheRequest> alive(request);
    m_requests.removeIf([](const auto &one) { return !one.value() || one.value()->isAnswered(); });
    m_requests.insert(request, request);
    const QPointer<QJSEngine> engine = m_engine; // the call may replace this
    const QJSValue result = QJSManagedValue(m_function, engine).call({ QJSValue(key), handle });
    const bool hasThrown = engine->hasError(); // undefined, perhaps
    const QJSValue thrown = hasThrown ? engine->catchError() : QJSValue();
    if (alive && hasThrown)
        return request->fail(QVariant::fromValue(thrown));
    if (!alive || result.isUndefined())
        return; // answered already, or later
    if (whenSettled(result, engine, handle, QStringLiteral("finish"), QStringLiteral("fail")))
        return;
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
