// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/observer.h>

#include <QtCore/qglobal.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace SyncMapInternal {

// The keys that changed since they were last taken, each once, in the order in which they came. A
// key is recognised by the hash that the map has computed already, and by ==.
template <typename Key>
class PendingKeys
{
public:
    struct Pending
    {
        Key key;
        quint64 hash;
        MapChange change; // the last one
    };
    using List = std::vector<Pending>;

    bool isEmpty() const noexcept { return m_pending.empty(); }

    const List &list() const noexcept { return m_pending; }

    // Throws std::bad_alloc, and what copying a key throws, with no effect.
    void add(const Key &key, quint64 hash, MapChange change)
    {
        const std::size_t slot = slotFor(key, hash);
        if (m_index[slot] != 0) {
            m_pending[m_index[slot] - 1].change = change;
            return;
        }
        m_pending.push_back({ key, hash, change });
        m_index[slot] = quint32(m_pending.size());
    }

    // Adds those of another one, whose changes came before or after: a removal counts before an
    // invalidation, and that before any.
    void merge(List &&list)
    {
        for (Pending &pending : list) {
            const std::size_t slot = slotFor(pending.key, pending.hash);
            if (m_index[slot] == 0) {
                m_pending.push_back(std::move(pending));
                m_index[slot] = quint32(m_pending.size());
            } else {
                MapChange &known = m_pending[m_index[slot] - 1].change;
                if (weightOf(pending.change) > weightOf(known))
                    known = pending.change;
            }
        }
    }

    // The index keeps its memory, unless there was a flood.
    List take() noexcept
    {
        if (m_index.size() > LargeIndex) {
            m_index = {};
        } else {
            for (const Pending &pending : m_pending)
                eraseAround(slotOf(pending.hash));
        }
        return std::exchange(m_pending, {});
    }

private:
    static constexpr int weightOf(MapChange change) noexcept
    {
        return change == MapChange::Removed ? 2 : change == MapChange::Invalidated ? 1 : 0;
    }

    static constexpr std::size_t SmallestIndex = 16;
    static constexpr std::size_t LargeIndex = 4096;

    std::size_t slotOf(quint64 hash) const noexcept { return hash & (m_index.size() - 1); }
    std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (m_index.size() - 1); }

    // Where the key is, or would be.
    std::size_t slotFor(const Key &key, quint64 hash)
    {
        if (m_pending.size() * 2 >= m_index.size())
            grow();
        std::size_t slot = slotOf(hash);
        for (; m_index[slot] != 0; slot = next(slot)) {
            const Pending &known = m_pending[m_index[slot] - 1];
            if (known.hash == hash && known.key == key)
                break;
        }
        return slot;
    }

    // Everything goes, so gaps do not matter.
    void eraseAround(std::size_t slot) noexcept
    {
        for (; m_index[slot] != 0; slot = next(slot))
            m_index[slot] = 0;
    }

    void grow()
    {
        std::vector<quint32> index(qMax(m_index.size() * 2, SmallestIndex));
        m_index.swap(index);
        for (std::size_t i = 0; i < m_pending.size(); ++i) {
            std::size_t slot = slotOf(m_pending[i].hash);
            while (m_index[slot] != 0)
                slot = next(slot);
            m_index[slot] = quint32(i + 1);
        }
    }

    List m_pending;
    std::vector<quint32> m_index; // positions in m_pending, from 1; 0 is free
};

} // namespace SyncMapInternal
