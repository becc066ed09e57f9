// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qcoreevent.h>
#include <QtCore/qmutex.h>

#include <atomic>

QT_FORWARD_DECLARE_CLASS(QObject)

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Calls an object to its news: with one posted event, however often it is rung, until the object
// says that it is about to look.
//
// No news are left lying. Who has news puts it down under a lock, and rings; the object calls
// answer(), and takes the news under the same lock. If the news was put down after it was taken,
// then, by that lock, ring() comes after answer(), and posts. Else it was taken.
class SYNCMAP_EXPORT NewsBell
{
public:
    explicit NewsBell(QObject *receiver) : m_receiver(receiver) { }
    Q_DISABLE_COPY_MOVE(NewsBell)
    ~NewsBell() = default;

    // Any thread. Without memory for an event nothing is posted, and the next call tries again.
    void ring() noexcept
    {
        // relaxed: the lock under which the news lies orders it, see above.
        if (m_isRung.load(std::memory_order_relaxed))
            return;
        post();
    }

    // In the receiver's thread.
    void answer() noexcept
    {
        m_isRung.store(false, std::memory_order_relaxed);
    } // relaxed: as above

    // The receiver is going: nothing is posted any more.
    void close() noexcept;

    static QEvent::Type eventType() noexcept;

private:
    void post() noexcept;

    std::atomic<bool> m_isRung { false };
    QMutex m_mutex;
    QObject *m_receiver; // null once closed
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
