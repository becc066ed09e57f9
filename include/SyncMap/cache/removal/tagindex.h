// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>
#include <QtCore/qhash.h>
#include <QtCore/qstringlist.h>

#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace SyncMapInternal {

// Which entries bear a tag. Under the cache's lock. Memory in proportion to the tags of the entries
// that are present. An \c Entry says its own by \c{const QStringList *tags() const}, null for none.
//
// Not in a QHash, whose insert() ends the program if memory runs out (QHashPrivate::Span grows in a
// function that must not throw).
template <typename Entry>
class TagIndex
{
public:
    using Entries = std::unordered_set<Entry *>;

    // Throws std::bad_alloc, with no effect.
    void add(Entry &entry)
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

    void remove(Entry &entry) noexcept
    {
        const QStringList *tags = entry.tags();
        if (!tags)
            return;
        for (const QString &tag : *tags) {
            const auto found = m_entries.find(tag);
            if (found == m_entries.end())
                continue;
            found->second.erase(&entry);
            if (found->second.empty())
                m_entries.erase(found);
        }
    }

    // Those with that tag, which is forgotten.
    Entries take(const QString &tag) noexcept
    {
        const auto found = m_entries.find(tag);
        if (found == m_entries.end())
            return {};
        Entries entries = std::move(found->second);
        m_entries.erase(found);
        return entries;
    }

    bool isEmpty() const noexcept { return m_entries.empty(); }
    void clear() noexcept { m_entries.clear(); }

private:
    std::unordered_map<QString, Entries> m_entries;
};

} // namespace SyncMapInternal
