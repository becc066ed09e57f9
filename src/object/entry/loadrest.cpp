// SPDX-License-Identifier: MIT
#include "loadrest.h"

#include <SyncMap/syncmapglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

using namespace std::chrono_literals;

// Between two loads that nobody asked for.
constexpr LoadRest::Milliseconds ShortestRest = 1s;
constexpr LoadRest::Milliseconds LongestRest = 1min; // but for the error time to live

} // namespace

void LoadRest::begin(Milliseconds atLeast)
{
    restLonger(atLeast);
    restFor(m_next);
}

bool LoadRest::mayLoad()
{
    if (isResting())
        return false;
    const Milliseconds since =
            m_sinceLoad.isValid() ? Milliseconds(m_sinceLoad.elapsed()) : 2 * LongestRest;
    if (since >= 2 * LongestRest)
        m_next = {};
    const Milliseconds left = m_next - since;
    restLonger({});
    if (left <= Milliseconds::zero())
        return true;
    restFor(left);
    return false;
}

void LoadRest::restLonger(Milliseconds atLeast)
{
    constexpr Milliseconds longestOfAll = 24h; // about what a QTimer can count
    const Milliseconds first = qBound(ShortestRest, atLeast, longestOfAll);
    m_next = qMax(first, qMin(2 * m_next, LongestRest));
}

void LoadRest::restFor(Milliseconds span)
{
    if (!m_timer) {
        m_timer = new QTimer(m_owner);
        m_timer->setSingleShot(true);
        m_timer->setTimerType(Qt::PreciseTimer); // a coarse one may be early
        QObject::connect(m_timer, &QTimer::timeout, m_owner, [this] { m_over(); });
    }
    m_timer->start(span);
}

void LoadRest::end()
{
    if (m_timer)
        m_timer->stop();
    m_next = {};
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
