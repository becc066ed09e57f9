// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/entry.h>

#include <QtCore/qhash.h>
#include <QtCore/qset.h>

namespace SyncMapInternal {

// Which entries bear a tag. Under the cache's lock. Memory in proportion to the tags of the entries
// that are present.
class TagIndex
{
public:
    // Throws std::bad_alloc, with no effect.
    void add(EntryBase &entry)
    {
        const QStringList *tags = entry.tags();
        if (!tags)
            return;
        QT_TRY
        {
            for (const QString &tag : *tags)
                m_entries[tag].insert(&entry);
        }
        QT_CATCH(...)
        {
            remove(entry);
            QT_RETHROW;
        }
    }

    void remove(EntryBase &entry) noexcept
    {
        const QStringList *tags = entry.tags();
        if (!tags)
            return;
        for (const QString &tag : *tags) {
            const auto found = m_entries.find(tag);
            if (found == m_entries.end())
                continue;
            found->remove(&entry);
            if (found->isEmpty())
                m_entries.erase(found);
        }
    }

    // Those with that tag, which is forgotten.
    QSet<EntryBase *> take(const QString &tag) { return m_entries.take(tag); }

    bool isEmpty() const noexcept { return m_entries.isEmpty(); }
    void clear() noexcept { m_entries.clear(); }

private:
    QHash<QString, QSet<EntryBase *>> m_entries;
};

} // namespace SyncMapInternal
