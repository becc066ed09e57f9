// SPDX-License-Identifier: MIT
#include "cacherequest.h"

#include "javascriptvalue.h"

#include <SyncMap/object/source/source.h>
#include <SyncMap/object/value/value.h>

#include <algorithm>

using namespace SyncMapInternal;

CacheRequest::CacheRequest(QString key, Load load) : m_key(std::move(key)), m_load(load)
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
    if (const std::optional<QVariant> plain = toPlain(value, &why))
        m_load->finish(*plain);
    else
        m_load->fail(why);
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

void CacheRequest::setProgress(double progress)
{
    if (m_load)
        m_load->setProgressValue(int(std::clamp(progress, 0.0, 1.0) * 100));
}

void CacheRequest::setTimeToLive(double milliseconds)
{
    constexpr double longest = 9e15;
    if (m_load) {
        m_load->setTimeToLive(
                std::chrono::milliseconds(qint64(std::clamp(milliseconds, 0.0, longest))));
    }
}

void CacheRequest::setCost(double cost)
{
    constexpr double largest = 9e15;
    if (m_load)
        m_load->setCost(qsizetype(std::clamp(cost, 0.0, largest)));
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
