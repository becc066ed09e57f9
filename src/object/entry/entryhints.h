// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/news/news.h>

#include <QtCore/qlist.h>
#include <QtCore/qmutex.h>
#include <QtCore/qset.h>

#include <memory>
#include <mutex>
#include <utility>

class SyncCacheEntry;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Which entries may have lost, or got, their last connection since somebody looked. Any thread may say
// so, also under a lock of Qt's, as disconnectNotify() may be called: nothing is done but to note it
// and to ring. It outlives the object that looks, for the sake of those threads.
class EntryHints
{
public:
    explicit EntryHints(std::shared_ptr<NewsBell> bell) : m_bell(std::move(bell)) { }

    void add(SyncCacheEntry *entry)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_entries.insert(entry);
        }
        m_bell->ring();
    }
    // It is going.
    void remove(SyncCacheEntry *entry)
    {
        const std::lock_guard lock(m_mutex);
        m_entries.remove(entry);
    }
    // Up to \a most; the others are rung for.
    QList<SyncCacheEntry *> take(qsizetype most)
    {
        QList<SyncCacheEntry *> taken;
        bool isEmpty = false;
        {
            const std::lock_guard lock(m_mutex);
            taken.reserve(qMin(most, m_entries.size()));
            for (auto it = m_entries.begin(); it != m_entries.end() && taken.size() < most;) {
                taken.append(*it);
                it = m_entries.erase(it);
            }
            isEmpty = m_entries.isEmpty();
        }
        if (!isEmpty)
            m_bell->ring();
        return taken;
    }

private:
    const std::shared_ptr<NewsBell> m_bell;
    QMutex m_mutex;
    QSet<SyncCacheEntry *> m_entries;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
