// SPDX-License-Identifier: MIT
#include "cacherequest.h"

#include <SyncMap/object/plainvalue.h>

#include <QtQml/qjsvalue.h>

#include <algorithm>

using namespace SyncMapInternal;

CacheRequest::CacheRequest(SyncLoadContext<QVariant> load) : m_load(std::move(load))
{
    m_load.onCanceled(this, [this] { Q_EMIT canceledChanged(); });
}

void CacheRequest::finish(const QVariant &value)
{
    QString why;
    if (const std::optional<QVariant> plain = toPlain(value, &why))
        m_load.finish(*plain);
    else
        m_load.fail(why);
}

void CacheRequest::fail(const QVariant &reason)
{
    const QJSValue thrown = reason.value<QJSValue>();
    const QString text = thrown.isUndefined() ? reason.toString() : thrown.toString();
    m_load.fail(text.isEmpty() ? QStringLiteral("the loader failed") : text);
}

void CacheRequest::setProgress(double progress)
{
    m_load.setProgressValue(int(std::clamp(progress, 0.0, 1.0) * 100));
}

void CacheRequest::setTimeToLive(double milliseconds)
{
    constexpr double longest = 9e15;
    m_load.setTimeToLive(std::chrono::milliseconds(qint64(std::clamp(milliseconds, 0.0, longest))));
}

void CacheRequest::setCost(double cost)
{
    constexpr double largest = 9e15;
    m_load.setCost(qsizetype(std::clamp(cost, 0.0, largest)));
}
