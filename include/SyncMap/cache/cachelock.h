// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/traits.h>

#include <QtCore/qmutex.h>

namespace SyncMapInternal {

// The lock of a cache's writers, held for the policy's work on one write. Spins a little before it
// sleeps, as the locks of the map's shards do: sleeping and waking costs more than that work.
class CacheMutex
{
public:
    CacheMutex() = default;
    Q_DISABLE_COPY_MOVE(CacheMutex)

    void lock() noexcept
    {
        for (int i = 0; i < SpinLimit; ++i) {
            if (m_mutex.try_lock())
                return;
            DefaultTraits::relax();
        }
        m_mutex.lock();
    }
    void unlock() noexcept { m_mutex.unlock(); }

private:
    static constexpr int SpinLimit = 128;
    QMutex m_mutex;
};

} // namespace SyncMapInternal
