// SPDX-License-Identifier: MIT
#include "promisewatch.h"

#include "javascriptvalue.h"

#include <QtQml/qjsengine.h>
#include <QtQml/qjsvalue.h>

#include <utility>

using namespace SyncMapInternal;

bool PromiseWatch::watch(const QVariant &promise, const QObject *where, const OnSettled &settled)
{
    QJSEngine *const engine = qjsEngine(where);
    const QJSValue value = promise.value<QJSValue>();
    if (!engine || !value.isObject())
        return false;
    auto *const watch = new PromiseWatch(settled);
    const QJSValue handle = engine->newQObject(watch); // which owns it
    if (whenSettled(value, engine, handle, QStringLiteral("fulfill"), QStringLiteral("reject")))
        return true;
    watch->m_settled = nullptr;
    return false;
}

PromiseWatch::~PromiseWatch()
{
    settle({ Settlement::Lost, {}, {} });
}

void PromiseWatch::fulfill(const QVariant &value)
{
    settle({ Settlement::Fulfilled, value, {} });
}

void PromiseWatch::reject(const QVariant &reason)
{
    settle({ Settlement::Rejected, {}, textOfReason(reason) });
}

void PromiseWatch::settle(const Settlement &how)
{
    if (const OnSettled settled = std::exchange(m_settled, nullptr))
        settled(how);
}
