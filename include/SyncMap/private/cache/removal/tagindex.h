// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/weight/weight.h>

#include <QtCore/qglobal.h>
#include <QtCore/qhash.h>
#include <QtCore/qstringlist.h>

#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

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

    // What a tag takes that no other entry bears, beside its text: its node in the index, with a place
    // there, and a set of one, which makes room for thirteen.
    static constexpr qsizetype BytesPerTag =
            sizeof(QString) + sizeof(Entries) + (3 + 13 + 2) * sizeof(void *) + 3 * AllocationBytes;

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

    // \a fresh, which was added, is the same as \a old to the removals that are under way. Throws
    // std::bad_alloc; removing \a fresh undoes it.
    void succeed(Entry &old, Entry &fresh)
    {
        if (Q_LIKELY(!m_removals) || !fresh.tags())
            return;
        for (Removal *removal = m_removals; removal; removal = removal->m_next) {
            if (removal->m_entries.count(&old) != 0)
                removal->m_entries.insert(&fresh);
        }
    }

    void remove(Entry &entry) noexcept
    {
        const QStringList *tags = entry.tags();
        if (!tags)
            return;
        for (Removal *removal = m_removals; removal; removal = removal->m_next)
            removal->m_entries.erase(&entry);
        for (const QString &tag : *tags) {
            const auto found = m_entries.find(tag);
            if (found == m_entries.end())
                continue;
            found->second.erase(&entry);
            if (found->second.empty())
                m_entries.erase(found);
        }
    }

    // The removal of those that bear a tag when it begins, one after another, with other writes in
    // between: an entry that is removed by anybody leaves it.
    class Removal
    {
    public:
        Removal() = default;
        Q_DISABLE_COPY_MOVE(Removal)
        ~Removal() { Q_ASSERT(m_entries.empty()); }

    private:
        friend class TagIndex;
        QString m_tag;
        Entries m_entries;
        Removal *m_next = nullptr;
    };
    void begin(Removal &removal, const QString &tag) noexcept
    {
        removal.m_tag = tag;
        const auto found = m_entries.find(tag);
        if (found == m_entries.end())
            return;
        removal.m_entries = std::move(found->second);
        m_entries.erase(found);
        removal.m_next = m_removals;
        m_removals = &removal;
    }
    // The next one to be removed; null: there are no more. Also of removals of the same tag that others
    // have begun: who removes a tag and returns leaves nobody who bears it.
    Entry *first(const Removal &removal) const noexcept
    {
        if (!removal.m_entries.empty())
            return *removal.m_entries.begin();
        for (const Removal *other = m_removals; other; other = other->m_next) {
            if (!other->m_entries.empty() && other->m_tag == removal.m_tag)
                return *other->m_entries.begin();
        }
        return nullptr;
    }
    void end(Removal &removal) noexcept
    {
        for (Removal **link = &m_removals; *link; link = &(*link)->m_next) {
            if (*link == &removal) {
                *link = removal.m_next;
                return;
            }
        }
    }

    bool isEmpty() const noexcept { return m_entries.empty(); }

private:
    std::unordered_map<QString, Entries> m_entries;
    Removal *m_removals = nullptr; // that are under way
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
