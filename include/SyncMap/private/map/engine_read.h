// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/engine.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// By identity first, so that a key that does not equal itself (a NaN) is found, too.
template <typename Key, typename T, typename Traits>
typename Engine<Key, T, Traits>::Position Engine<Key, T, Traits>::findAgain(const Node *node) const
{
    const quint64 hash = hashOf(*node);
    Table *table = tableFor(hash);
    if constexpr (!Inline) {
        const auto same = table->find(hash, [node](const Node *other) { return other == node; });
        if (same)
            return { table, same.index, same.node };
    }
    return findIn(table, hash, node->key);
}

// Visits the shard that \a cursor belongs to and begins, and moves the cursor to the last hash of
// the shard. Walking by hash makes splits and merges harmless: every hash is visited in exactly
// one table, however the shards change.
template <typename Key, typename T, typename Traits>
template <typename Visit>
bool Engine<Key, T, Traits>::visitShard(quint64 &cursor, Visit &&visit) const
{
    Shard *shard = directory()->shardFor(cursor);
    const quint64 first = cursor;
    cursor = shard->lastHash(first);
    // Shards that were merged begin before the hash that the walk has come to.
    const bool isPart = first != shard->firstHash(first);
    // [births] acquire: before the table is loaded. Whatever was removed before one of these births
    // is missing from the table; so a key that was visited, removed and inserted again is
    // recognised, and not visited twice. (Inline nodes have no births, see forEachOnce().)
    [[maybe_unused]] const quint64 born = shard->births.load(std::memory_order_acquire);
    // [snapshot] acquire: the table is filled.
    Table *table = shard->snapshot.loadAcquire();
    const auto visitPresent = [&](Node *node, qsizetype index) {
        if (Q_UNLIKELY(isPart && hashOf(*node) < first))
            return true;
        Position position = { table, index, node };
        // The table may have become history while earlier entries were visited: look at the
        // present.
        if (Q_UNLIKELY(shard->isSuperseded(table))) {
            position = findAgain(node);
            if (!position)
                return true;
        }
        return bool(visit(position));
    };
    if constexpr (Inline) {
        return table->forEachOnce(visitPresent);
    } else {
        return table->forEach([&](Node *node, qsizetype index) {
            return node->birth > born || visitPresent(node, index);
        });
    }
}

template <typename Key, typename T, typename Traits>
template <typename Pin, typename Visit>
void Engine<Key, T, Traits>::forEach(Visit &&visit)
{
    for (quint64 cursor = 0;; ++cursor) {
        Pin pin(m_domain);
        const auto visitPinned = [&](const Position &position) { return visit(pin, position); };
        if (!visitShard(cursor, visitPinned) || cursor == ~quint64(0))
            return;
    }
}

template <typename Key, typename T, typename Traits>
template <typename Pin, typename Visit, typename IsEnough>
bool Engine<Key, T, Traits>::forEachFrom(quint64 &next, Visit &&visit, IsEnough &&isEnough)
{
    for (;; ++next) {
        {
            Pin pin(m_domain);
            visitShard(next, [&](const Position &position) {
                visit(pin, position);
                return true;
            });
        }
        if (next == ~quint64(0))
            return false;
        if (isEnough()) {
            ++next;
            return true;
        }
    }
}

// A key that is there throughout is in the table of its hash whenever the walk comes by.
template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::hasEntries() const
{
    const Reader pin(const_cast<Domain &>(m_domain));
    for (quint64 cursor = 0;; ++cursor) {
        Shard *shard = directory()->shardFor(cursor);
        cursor = shard->lastHash(cursor);
        // [snapshot] acquire: the table is filled.
        if (shard->snapshot.loadAcquire()->hasLive())
            return true;
        if (cursor == ~quint64(0))
            return false;
    }
}

template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::isEmpty() const noexcept
{
    return size() == 0;
}

// A count that others were too fast for, and that says there is nothing, is not believed before a
// walk says so, too; and a walk is not believed either, before which a key may have come and behind
// which another one may have gone.
template <typename Key, typename T, typename Traits>
qsizetype Engine<Key, T, Traits>::size() const noexcept
{
    for (int i = 0; i < 64; ++i) {
        const auto size = m_domain.size();
        const auto entries = qsizetype(size.entries);
        if (Q_LIKELY(size.isExact || entries > 0))
            return entries;
        QT_TRY
        {
            if (hasEntries())
                return 1;
        }
        QT_CATCH(...)
        {
            // No memory to register this thread, which it takes for the walk: only count.
        }
    }
    return 0;
}

template <typename Key, typename T, typename Traits>
template <typename Other, typename Found>
void Engine<Key, T, Traits>::findMany(const Other *keys, qsizetype count, Found &&found) const
{
    quint64 hashes[BatchSize];
    Table *tables[BatchSize];
    for (qsizetype begin = 0; begin < count; begin += BatchSize) {
        const qsizetype size = qMin(BatchSize, count - begin);
        for (qsizetype i = 0; i < size; ++i) {
            hashes[i] = hashOf(keys[begin + i]);
            tables[i] = tableFor(hashes[i]);
            tables[i]->prefetch(hashes[i]);
        }
        for (qsizetype i = 0; i < size; ++i)
            tables[i]->prefetchNode(hashes[i]);
        for (qsizetype i = 0; i < size; ++i)
            found(begin + i, findIn(tables[i], hashes[i], keys[begin + i]).node);
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
