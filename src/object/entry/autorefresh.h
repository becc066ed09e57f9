// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qglobal.h>
#include <QtCore/qobjectdefs.h>

#include <atomic>

QT_FORWARD_DECLARE_CLASS(QTimer)
class SyncCacheEntryPrivate;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// When an entry that somebody looks at is loaded anew by the clock, or since the application has become
// active again. One timer, which runs only if it may end in a load: what has to wait for a connection,
// the end of a load, or the application is done with that.
//
// In the entry's thread, but for connected().
class AutoRefresh
{
public:
    explicit AutoRefresh(SyncCacheEntryPrivate *entry) noexcept : m_entry(entry) { }
    Q_DISABLE_COPY_MOVE(AutoRefresh)
    ~AutoRefresh();

    int interval() const { return m_interval; } // milliseconds; 0: none
    void setInterval(int milliseconds);
    bool isOnActive() const { return m_isOnActive; }
    void setOnActive(bool isOnActive);

    // A load has ended, or the entry begins to show its key: the interval begins.
    void restart();
    // It shows nothing any more.
    void stop();
    // What it waited for may be so.
    void schedule();
    // Somebody connects. Any thread.
    void connected();

private:
    void watchActivity();
    void activityChanged(bool isActive);
    void due();
    bool isInUse();

    SyncCacheEntryPrivate *const m_entry;
    int m_interval = 0;
    bool m_isOnActive = false;
    QTimer *m_timer = nullptr; // the entry's, so that it lives where that does; once it is needed
    QElapsedTimer m_since; // the interval began
    QMetaObject::Connection m_activity;
    // Nobody was connected when the interval was over.
    std::atomic<bool> m_awaitsConnection { false };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
