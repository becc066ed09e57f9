// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <condition_variable>
#include <mutex>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Where one thread sleeps until another one says a word. A word that comes before is not lost, and
// nothing but the word ends the sleep. Needs no memory beside itself, and no code but the standard
// library's: it may be shared by modules with a copy of this library each.
class Parking
{
public:
    Parking() = default;
    Q_DISABLE_COPY_MOVE(Parking)
    ~Parking() = default;

    void wait()
    {
        std::unique_lock lock(m_mutex);
        m_word.wait(lock, [this] { return m_isSaid; });
        m_isSaid = false;
    }
    void wake() noexcept
    {
        // Told under the lock: whoever has heard may end this at once.
        const std::lock_guard lock(m_mutex);
        m_isSaid = true;
        m_word.notify_one();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_word;
    bool m_isSaid = false;
};

// A moment for others, and a longer one the more rounds there were.
SYNCMAP_EXPORT void restFor(int round) noexcept;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
