// SPDX-License-Identifier: MIT
#include "autorefresh.h"

#include "applicationactivity.h"
#include "synccacheentry_p.h"

#include <QtCore/qtimer.h>

#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

AutoRefresh::~AutoRefresh()
{
    QObject::disconnect(m_activity);
}

void AutoRefresh::setInterval(int milliseconds)
{
    m_interval = milliseconds;
    watchActivity();
    schedule();
}

void AutoRefresh::setOnActive(bool isOnActive)
{
    m_isOnActive = isOnActive;
    watchActivity();
}

void AutoRefresh::watchActivity()
{
    const bool isWanted = m_interval > 0 || m_isOnActive;
    if (isWanted == bool(m_activity))
        return;
    if (isWanted) {
        m_activity =
                QObject::connect(ApplicationActivity::instance(), &ApplicationActivity::changed,
                                 m_entry->q, [this](bool isActive) { activityChanged(isActive); });
    } else {
        QObject::disconnect(std::exchange(m_activity, {}));
    }
}

void AutoRefresh::activityChanged(bool isActive)
{
    if (isActive && m_isOnActive && m_entry->mayRefreshByItself() && m_entry->isOld()
        && m_entry->isInUse() && m_entry->refreshByItself())
        return; // and this may have gone
    schedule();
}

void AutoRefresh::restart()
{
    m_since.start();
    schedule();
}

void AutoRefresh::stop()
{
    m_since.invalidate();
    schedule();
}

void AutoRefresh::schedule()
{
    // relaxed: due() says when it matters.
    m_awaitsConnection.store(false, std::memory_order_relaxed);
    if (m_interval == 0 || !m_since.isValid() || !m_entry->mayRefreshByItself()
        || !ApplicationActivity::instance()->isActive()) {
        if (m_timer)
            m_timer->stop();
        return;
    }
    if (!m_timer) {
        m_timer = new QTimer(m_entry->q);
        m_timer->setSingleShot(true);
        m_timer->setTimerType(Qt::PreciseTimer); // a coarse one may be early
        QObject::connect(m_timer, &QTimer::timeout, m_entry->q, [this] { due(); });
    }
    m_timer->start(int(qMax(qint64(0), m_interval - m_since.elapsed())));
}

void AutoRefresh::due()
{
    if (!m_entry->mayRefreshByItself() || !ApplicationActivity::instance()->isActive()
        || !isInUse())
        return;
    if (!m_entry->refreshByItself())
        restart(); // there is no loader yet
}

// Said first, and asked then: no connection comes between.
bool AutoRefresh::isInUse()
{
    m_awaitsConnection.store(true, std::memory_order_seq_cst);
    if (!m_entry->isInUse())
        return false;
    m_awaitsConnection.store(false, std::memory_order_relaxed);
    return true;
}

// The connection is there already.
void AutoRefresh::connected()
{
    if (m_awaitsConnection.load(std::memory_order_seq_cst)
        && m_awaitsConnection.exchange(false, std::memory_order_relaxed))
        QMetaObject::invokeMethod(
                m_entry->q, [this] { schedule(); }, Qt::QueuedConnection);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
