// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qobject.h>
#include <QtCore/qtimer.h>

#include <chrono>
#include <functional>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How long an entry waits before it loads again what nobody has asked for: what it loaded could not be
// kept, or was stale at once, or was evicted soon, perhaps by others that are shown. The time from one
// load to the next doubles each time, or all that are shown and do not fit would load for ever.
class LoadRest
{
public:
    using Milliseconds = std::chrono::milliseconds;

    // \a over is called when a rest has ended, in the owner's thread.
    LoadRest(QObject *owner, std::function<void()> over) : m_owner(owner), m_over(std::move(over))
    {
    }
    Q_DISABLE_COPY_MOVE(LoadRest)
    ~LoadRest() = default;

    bool isResting() const { return m_timer && m_timer->isActive(); }
    void loadBegins() { m_sinceLoad.start(); }
    // What was loaded is not there, or stale.
    void begin(Milliseconds atLeast);
    // Whether it may load now, since the last load was long ago. Else a rest begins.
    bool mayLoad();
    // Somebody has asked for another value, or brought it.
    void end();
    // As if it had never loaded.
    void forget() { m_sinceLoad.invalidate(); }

private:
    void restFor(Milliseconds span);
    void restLonger(Milliseconds atLeast);

    QObject *const m_owner;
    const std::function<void()> m_over;
    QTimer *m_timer = nullptr; // the owner's, so that it lives where that does; once it is needed
    Milliseconds m_next {}; // none: it may load at once
    QElapsedTimer m_sinceLoad; // since one was begun
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
