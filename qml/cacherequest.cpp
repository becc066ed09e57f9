// SPDX-License-Identifier: MIT
#include "cacherequest.h"

#include "javascriptvalue.h"

#include <SyncMap/private/object/source/source.h>
#include <SyncMap/private/object/value/value.h>

#include <algorithm>
#include <cmath>

using namespace SyncMapInternal;

CacheRequest::CacheRequest(QString key, Load load, Keep keep)
    : m_key(std::move(key)), m_load(load), m_keep(std::move(keep))
{
    load.onCanceled(this, [this] { end(); });
}

// Nobody waits for it. It is ended, so that whoever asks for the key again need not wait for what a
// function that does not look at \c canceled may still do.
void CacheRequest::end()
{
    if (!m_load || m_isAnswered)
        return;
    m_isAnswered = true;
    m_load->fail(SyncCacheError(SyncCacheError::Canceled));
    Q_EMIT canceledChanged();
}

CacheRequest::Load CacheRequest::takeLoad()
{
    Load load = *std::exchange(m_load, std::nullopt);
    Q_EMIT canceledChanged();
    return load;
}

void CacheRequest::finish(const QVariant &value)
{
    if (!m_load)
        return;
    QString why;
    m_isAnswered = true;
    const std::optional<QVariant> plain = toPlain(value, &why);
    if (!plain)
        return m_load->fail(why);
    const Keep keep = m_keep; // who is told may end this
    m_load->finish(*plain);
    keep(*plain);
}

void CacheRequest::fail(const QVariant &reason)
{
    if (!m_load)
        return;
    const QString text = textOfReason(reason);
    m_isAnswered = true;
    m_load->fail(text.isEmpty() ? loaderHasFailed() : text);
}

void CacheRequest::absent()
{
    m_isAnswered = true;
    if (m_load)
        m_load->finishAbsent();
}

void CacheRequest::notModified()
{
    m_isAnswered = true;
    if (m_load)
        m_load->finishNotModified();
}

void CacheRequest::refuse(const char *what)
{
    warnAt(this, QStringLiteral("\"%1\": request.%2").arg(m_key, QLatin1String(what)));
}

void CacheRequest::setProgress(double progress)
{
    if (!std::isfinite(progress))
        refuse("setProgress() takes a number from 0 to 1");
    else if (m_load)
        m_load->setProgressValue(int(std::clamp(progress, 0.0, 1.0) * 100));
}

void CacheRequest::setTimeToLive(double milliseconds)
{
    if (!isLimit(milliseconds))
        refuse("setTimeToLive() takes a number, and -1, 0 or more");
    else if (m_load)
        m_load->setTimeToLive(toSpan(milliseconds));
}

void CacheRequest::setCost(double cost)
{
    if (!isCost(cost))
        refuse("setCost() takes a number, and not a negative one");
    else if (m_load)
        m_load->setCost(toCost(cost));
}

void CacheRequest::setTags(const QStringList &tags)
{
    if (m_load)
        m_load->setTags(tags);
}

void CacheRequest::setStale()
{
    if (m_load)
        m_load->setStale();
}
