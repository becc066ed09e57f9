// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qbasictimer.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qobject.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Between two turns of a flush. First comes what the turn has caused: layouts, painting. Then a rest, a
// quarter as long as both took: where workers want all processors, a thread that never rests waits for
// the end of their time slices when a timer or input is due, and one that does is served before them.
class TurnPause
{
public:
    void turnBegins()
    {
        m_timer.stop();
        m_sinceTurn.start();
    }
    void turnEnded(QObject *object)
    {
        m_isResting = false;
        m_timer.start(0, object); // after those that the turn has started
    }
    void cancel() { m_timer.stop(); }

    bool isTimer(int id) const noexcept { return m_timer.isActive() && m_timer.timerId() == id; }
    // By its timer. True once the next turn may begin.
    bool isOver(QObject *object)
    {
        m_timer.stop();
        const qint64 rest = std::min(m_sinceTurn.elapsed() / 4, LongestRest);
        if (m_isResting || rest == 0)
            return true;
        m_isResting = true;
        m_timer.start(int(rest), Qt::PreciseTimer, object);
        return false;
    }

private:
    static constexpr qint64 LongestRest = 8; // milliseconds: half a frame

    QBasicTimer m_timer;
    QElapsedTimer m_sinceTurn; // since it began
    bool m_isResting = false;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
