// SPDX-License-Identifier: MIT
#include "promisewatch.h"

#include "javascriptvalue.h"

#include <QtQml/qjsengine.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlinfo.h>

#include <utility>

using namespace SyncMapInternal;

bool PromiseWatch::watch(const QVariant &promise, const QObject *where, const OnSettled &settled)
{
    const QJSValue value = promise.value<QJSValue>();
    const QJSValue then = value.property(QStringLiteral("then"));
    QJSEngine *const engine = qjsEngine(where);
    if (!then.isCallable() || !engine)
        return false;
    const QJSValue handle = engine->newQObject(new PromiseWatch(settled));
    const QJSValue chained =
            then.callWithInstance(value,
                                  { boundMethod(handle, QStringLiteral("fulfill")),
                                    boundMethod(handle, QStringLiteral("reject")) });
    if (chained.isError())
        qmlWarning(where) << chained.toString();
    return true;
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
