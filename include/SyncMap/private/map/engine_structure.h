// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/engine.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename Key, typename T, typename Traits>
Engine<Key, T, Traits>::Engine(bool counting)
    : m_directory(nullptr), m_domain(&Engine::destroy, counting)
{
    auto shard = std::make_unique<Shard>(m_placeholder.table(), quint8(0));
    Directory *directory = Directory::create(0);
    if (!directory)
        qBadAlloc();
    directory->set(0, shard.release());
    m_directory.storeRelease(directory);
}

template <typename Key, typename T, typename Traits>
Engine<Key, T, Traits>::~Engine()
{
    // relaxed: nobody else uses the map.
    if (Observers *observers = m_observers.load(std::memory_order_relaxed))
        observers->closing();
    // Under an open guard nothing may be freed. The domain's destructor says so, in debug builds
    // loudly.
    if (m_domain.isPinned())
        return;
    // Destructors of values may use the map: it stays whole until it has been empty for a round.
    while (destroyEntries() || m_domain.drain()) {
    }
    Directory *directory = m_directory.loadRelaxed();
    for (std::size_t i = 0; i < directory->size();) {
        Shard *shard = directory->at(i);
        i += std::size_t(1) << (directory->bits() - shard->depth);
        delete shard;
    }
    Directory::destroy(directory);
    delete m_observers.load(std::memory_order_relaxed);
}

// For the destructor: nobody else uses the map. True if there was something to destroy.
template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::destroyEntries()
{
    bool destroyed = false;
    for (quint64 cursor = 0;; ++cursor) {
        Shard *shard = directory()->shardFor(cursor);
        cursor = shard->lastHash(cursor);
        Table *table = shard->snapshot.loadRelaxed();
        if (!table->isPlaceholder()) {
            shard->snapshot.storeRelaxed(m_placeholder.table());
            shard->live = shard->used = 0;
            destroyTable(table); // the shard may be gone afterwards
            destroyed = true;
        }
        if (cursor == ~quint64(0))
            return destroyed;
    }
}

// The smallest table in which that many entries leave room for half as many writes again: small
// enough after a growth (a full table doubles), sparse enough that purges stay rare.
template <typename Key, typename T, typename Traits>
qsizetype Engine<Key, T, Traits>::capacityFor(qsizetype live) noexcept
{
    qsizetype capacity = Table::GroupSize;
    while (capacity * 2 < live * 3)
        capacity *= 2;
    return capacity;
}

// Makes sure that the shard's table takes one more key. False if the shard was split instead, and
// is dead. Throws std::bad_alloc, with no effect, when memory has run out and the table is full.
template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::makeRoomLocked(Writer &pin, Shard &shard, quint64 hash)
{
    const qsizetype capacity = shard.snapshot.loadRelaxed()->capacity();
    if (Q_LIKELY(shard.used < capacity - capacity / 8))
        return true;
    const qsizetype wanted = capacityFor(shard.live + 1);
    if (wanted > Table::LargestCapacity && splitLocked(pin, shard, hash, Balance::Required))
        return false;
    if (promoteLocked(pin, shard, wanted))
        return true;
    // Without memory the table may fill up to its last slot but one; searches end at that one.
    if (capacity - shard.used < 2)
        qBadAlloc();
    return true;
}

// Builds a dirty map of that capacity with the live entries, and publishes it as the new snapshot.
// False, and no effect, if there is no memory.
template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::promoteLocked(Writer &pin, Shard &shard, qsizetype capacity) noexcept
{
    Table *dirty = capacity == 0 ? m_placeholder.table() : Table::create(capacity);
    if (!dirty)
        return false;
    Table *old = shard.snapshot.loadRelaxed();
    old->forEach([this, dirty](Node *node, qsizetype) {
        copyLocked(*dirty, node);
        return true;
    });
    Traits::testPoint(TestPoint::Promoting);
    // [snapshot] release: who sees the table sees every slot that was filled above.
    shard.snapshot.storeRelease(dirty);
    shard.used = shard.live;
    add(m_counters.promotions, 1);
    add(m_counters.tableBytes, quint64(dirty->bytes()));
    retireTable(pin, old);
    return true;
}

template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::copyLocked(Table &dirty, Node *node) const noexcept
{
    if constexpr (Inline)
        dirty.addLocked(hashOf(*node), *node);
    else
        dirty.addLocked(node);
}

// A shard that nobody knows yet, with an empty table for that many entries; null without memory.
template <typename Key, typename T, typename Traits>
typename Engine<Key, T, Traits>::UnpublishedShard
Engine<Key, T, Traits>::makeShard(quint8 depth, qsizetype live) noexcept
{
    Table *table = live == 0 ? m_placeholder.table() : Table::create(capacityFor(live + 1));
    if (!table)
        return nullptr;
    Shard *shard = new (std::nothrow) Shard(table, depth);
    if (!shard)
        destroyTable(table);
    return UnpublishedShard(shard);
}

// Divides the shard by the next bit of the hash. False, and no effect, if there is no memory, or if
// the halves would be so unequal that it is not worth it (colliding hashes). Otherwise the shard is
// dead, and its lock is still held.
template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::splitLocked(Writer &pin, Shard &shard, quint64 hash,
                                         Balance balance) noexcept
{
    if (shard.depth >= MaxShardDepth)
        return false;
    const int shift = 63 - shard.depth;
    Table *old = shard.snapshot.loadRelaxed();
    qsizetype live[2] = { 0, 0 };
    old->forEach([&](const Node *node, qsizetype) {
        ++live[(hashOf(*node) >> shift) & 1];
        return true;
    });
    if (balance == Balance::Required
        && qMin(live[0], live[1]) < std::max<qsizetype>(shard.live / 16, 1))
        return false;

    const quint8 depth = quint8(shard.depth + 1);
    UnpublishedShard halves[2] = { makeShard(depth, live[0]), makeShard(depth, live[1]) };
    if (!halves[0] || !halves[1])
        return false;

    // Nobody writes to a half before all entries lead to the halves: what was unlinked there would
    // still be found by whoever comes later through an entry that leads here.
    const std::lock_guard lowHalf(halves[0]->mutex);
    const std::lock_guard highHalf(halves[1]->mutex);
    const std::lock_guard lock(m_directoryLock);
    // relaxed: stored under this lock.
    Directory *current = m_directory.loadRelaxed();
    Directory *directory = directoryFor(depth, current);
    if (!directory)
        return false;

    old->forEach([&](Node *node, qsizetype) {
        copyLocked(*halves[(hashOf(*node) >> shift) & 1]->snapshot.loadRelaxed(), node);
        return true;
    });
    shard.claims.divide(shift, halves[0]->claims, halves[1]->claims);
    for (int i = 0; i < 2; ++i) {
        halves[i]->live = halves[i]->used = live[i];
        halves[i]->births.store(shard.births.load(std::memory_order_relaxed),
                                std::memory_order_relaxed);
        add(m_counters.tableBytes, quint64(halves[i]->snapshot.loadRelaxed()->bytes()));
    }
    if (directory != current) {
        // [directory] release: who sees the new array sees its entries. It still leads to this
        // shard.
        m_directory.storeRelease(directory);
        pin.retire(current, DirectoryKind, current->bytes());
    }
    // relaxed: writers see it under the lock; others that care, by [shard], since it is stored
    // before the first half is entered.
    shard.dead.store(true, std::memory_order_relaxed);
    // Each key has one entry, so a reader finds it before or after, never twice or not at all.
    const std::size_t span = std::size_t(1) << (directory->bits() - depth);
    std::size_t index = directory->indexOf(hash) & ~(2 * span - 1);
    for (UnpublishedShard &half : halves) {
        Shard *published = half.release();
        for (std::size_t end = index + span; index < end; ++index) {
            directory->set(index, published);
            Traits::testPoint(TestPoint::Succeeding);
        }
    }
    ++m_shards;
    add(m_counters.splits, 1);
    retireTable(pin, old);
    pin.retire(&shard, ShardKind, sizeof(Shard));
    return true;
}

// The current directory, or a larger copy of it that has an entry for each shard of that depth;
// null without memory.
template <typename Key, typename T, typename Traits>
typename Engine<Key, T, Traits>::Directory *
Engine<Key, T, Traits>::directoryFor(quint8 depth, Directory *current) const noexcept
{
    if (current->bits() >= depth)
        return current;
    Directory *doubled = Directory::create(depth);
    if (doubled) {
        for (std::size_t i = 0; i < doubled->size(); ++i)
            doubled->set(i, current->at(i / 2));
    }
    return doubled;
}

// Makes one shard of two neighbours, wherever the entries of both leave half of a table free: enough
// for writes that would have to divide it again. Takes two locks, that of the lower hashes first, as
// whoever takes two does.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::mergeShards()
{
    for (quint64 cursor = 0;;) {
        Writer pin(m_domain);
        LockedShard low(*this, pin, cursor);
        const quint64 last = low->lastHash(cursor);
        if (low->depth != 0 && low->isLowerHalf(cursor)) {
            LockedShard high(*this, pin, last + 1);
            if (high->depth == low->depth && mergeLocked(pin, low, high, cursor)) {
                // On with the merged shard, from where its pair begins.
                const int depth = low->depth - 1;
                cursor = depth == 0 ? 0 : cursor & ~(~quint64(0) >> (depth - 1));
                continue;
            }
        }
        if (last == ~quint64(0))
            break;
        cursor = last + 1;
    }
    shrinkDirectory();
}

// False, and no effect, if the entries of both are too many, or if there is no memory. Otherwise both
// shards are dead, and their locks are still held.
template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::mergeLocked(Writer &pin, LockedShard &low, LockedShard &high,
                                         quint64 hash) noexcept
{
    const qsizetype live = low->live + high->live;
    if (live > Table::LargestCapacity / 2)
        return false;
    const auto depth = quint8(low->depth - 1);
    UnpublishedShard merged = makeShard(depth, live);
    if (!merged)
        return false;
    Table *table = merged->snapshot.loadRelaxed();
    Table *const olds[2] = { low.table(), high.table() };
    for (const Table *old : olds) {
        old->forEach([&](Node *node, qsizetype) {
            copyLocked(*table, node);
            return true;
        });
    }
    merged->live = merged->used = live;
    // No less than those of its nodes. relaxed: written under the locks; handed on by [shard].
    merged->births.store(qMax(low->births.load(std::memory_order_relaxed),
                              high->births.load(std::memory_order_relaxed)),
                         std::memory_order_relaxed);
    merged->claims.takeAll(low->claims);
    merged->claims.takeAll(high->claims);
    add(m_counters.tableBytes, quint64(table->bytes()));

    // As in splitLocked(): nobody writes to it before all entries lead to it.
    const std::lock_guard mergedLock(merged->mutex);
    const std::lock_guard lock(m_directoryLock);
    // relaxed: as in splitLocked().
    low->dead.store(true, std::memory_order_relaxed);
    high->dead.store(true, std::memory_order_relaxed);
    Directory *directory = m_directory.loadRelaxed();
    const std::size_t span = std::size_t(1) << (directory->bits() - depth);
    const std::size_t begin = directory->indexOf(hash) & ~(span - 1);
    Shard *published = merged.release();
    for (std::size_t index = begin; index < begin + span; ++index) {
        directory->set(index, published);
        Traits::testPoint(TestPoint::Succeeding);
    }
    --m_shards;
    add(m_counters.merges, 1);
    for (Table *old : olds)
        retireTable(pin, old);
    pin.retire(&*low, ShardKind, sizeof(Shard));
    pin.retire(&*high, ShardKind, sizeof(Shard));
    return true;
}

// To as many entries as the deepest shard needs. Without memory it stays.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::shrinkDirectory() noexcept
{
    Writer pin(m_domain);
    const std::lock_guard lock(m_directoryLock);
    // relaxed: stored under this lock.
    Directory *current = m_directory.loadRelaxed();
    quint8 depth = 0;
    for (std::size_t i = 0; i < current->size();) {
        const quint8 itsDepth = current->at(i)->depth;
        depth = qMax(depth, itsDepth);
        i += std::size_t(1) << (current->bits() - itsDepth);
    }
    if (depth == current->bits())
        return;
    Directory *smaller = Directory::create(depth);
    if (!smaller)
        return;
    for (std::size_t i = 0; i < smaller->size(); ++i)
        smaller->set(i, current->at(i << (current->bits() - depth)));
    // [directory] release: who sees the new array sees its entries.
    m_directory.storeRelease(smaller);
    pin.retire(current, DirectoryKind, current->bytes());
}

// Calls \a visit(pin, locked shard, cursor) for each shard. If it returns false, the shard has
// split: its halves come next.
template <typename Key, typename T, typename Traits>
template <typename Visit>
void Engine<Key, T, Traits>::forEachShardLocked(Visit &&visit)
{
    for (quint64 cursor = 0;;) {
        Writer pin(m_domain);
        LockedShard shard(*this, pin, cursor);
        const quint64 last = shard->lastHash(cursor);
        if (!visit(pin, shard, cursor))
            continue;
        if (last == ~quint64(0))
            return;
        cursor = last + 1;
    }
}

template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::clear()
{
    forEachShardLocked([this](Writer &pin, LockedShard &shard, quint64 cursor) {
        const bool isLast = shard->lastHash(cursor) == ~quint64(0);
        // Of a shard that was merged with one that the walk has come by, only the rest: each key is
        // removed at one moment, or what others saw in between would have no explanation.
        if (cursor != shard->firstHash(cursor))
            clearFromLocked(pin, shard, cursor);
        else if (!shard.table()->isPlaceholder())
            clearLocked(pin, shard);
        shard.unlock();
        if (isLast) {
            add(m_counters.clears, 1);
            // Under this pin: to take another one might need memory.
            if (const Observers *observers = this->observers())
                observers->cleared();
        }
        return true;
    });
    // Shards that writers who met have made stay: they would meet again.
    const bool hasMany = [this] {
        const Writer pin(m_domain);
        return directory()->size() > contentionShards();
    }();
    if (hasMany)
        mergeShards();
    collect();
}

// The keys from that hash on, one by one. The shard may be promoted meanwhile. Leaves the lock: to
// retire a node may run code of the user's, who is asked how large it is.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::clearFromLocked(Writer &pin, LockedShard &shard, quint64 first)
{
    Table *const table = shard.table();
    [[maybe_unused]] Retired *unlinked = nullptr;
    table->forEach([&](Node *node, qsizetype index) {
        const quint64 hash = hashOf(*node);
        if (hash < first)
            return true;
        if (const Position now = shard.find(*this, { table, index, node })) {
            noteBlindWrite(*shard, hash, std::addressof(node->key), Claim::Note::Written);
            removeLocked(pin, *shard, now.index);
            if constexpr (!Inline) {
                node->setNext(unlinked);
                unlinked = node;
            }
        }
        return true;
    });
    shard.unlock();
    if constexpr (!Inline) {
        while (unlinked) {
            auto *const node = static_cast<Node *>(unlinked);
            unlinked = unlinked->next();
            retireNode(pin, node);
        }
    }
}

// Leaves the lock.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::clearLocked(Writer &pin, LockedShard &shard)
{
    Table *old = shard.table();
    noteBlindWrite(*shard, 0, nullptr, Claim::Note::Written);
    const qsizetype live = std::exchange(shard->live, 0);
    shard->used = 0;
    // [snapshot] release: as for any promotion; this dirty map is the empty one.
    shard->snapshot.storeRelease(m_placeholder.table());
    pin.slot().countRemoved(std::size_t(live));
    shard.unlock();
    // The entries are retired with their table, as one object.
    add(m_counters.tableBytes, quint64(-old->bytes()));
    const quint64 nodeBytes = Inline ? 0 : quint64(live) * sizeof(Node);
    pin.retire(old, FullTableKind, quint64(old->bytes()) + nodeBytes);
}

// Whether so many shards with such tables are worth an attempt: asks for all of it at once, since a
// system that grants memory piece by piece may take minutes before it refuses.
template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::mayHaveMemory(quint8 depth, qsizetype capacity) noexcept
{
    constexpr double notWorthAsking = 1 << 26;
    const double bytes = double(quint64(1) << depth)
            * (double(sizeof(Shard)) + double(Table::bytesFor(capacity)));
    if (bytes <= notWorthAsking)
        return true;
    if (bytes >= double((std::numeric_limits<std::ptrdiff_t>::max)()) / 2)
        return false;
    void *all = SYNCMAP_SANITIZED && bytes > double(quint64(1) << 32)
            ? nullptr // a sanitizer ends the program
            : ::operator new(std::size_t(bytes), std::nothrow);
    ::operator delete(all);
    return all;
}

// As many shards as \a count entries would have come to one by one, in tables that they do not
// fill: of those, 4/5 of the largest is four standard deviations below the seven eighths at which a
// shard splits.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::reserve(qsizetype count)
{
    if (count <= 0)
        return;
    constexpr qsizetype most = Table::LargestCapacity / 5 * 4;
    quint8 depth = 0;
    while (depth < MaxShardDepth && (count >> depth) > most)
        ++depth;
    // Before anything is made: no table, and not all of them, can be larger than memory.
    if (count > (std::numeric_limits<qsizetype>::max)() / 64)
        qBadAlloc();
    const qsizetype share = ((count - 1) >> depth) + 1;
    const qsizetype wanted = share <= most
            ? std::min<qsizetype>(capacityFor(share), Table::LargestCapacity)
            : capacityFor(share);
    if (!mayHaveMemory(depth, wanted))
        qBadAlloc();
    bool hasFailed = false;
    forEachShardLocked([&](Writer &pin, LockedShard &shard, quint64 cursor) {
        if (hasFailed)
            return true;
        if (shard->depth < depth) {
            hasFailed = !splitLocked(pin, *shard, cursor, Balance::Ignored);
            return hasFailed;
        }
        if (shard.table()->capacity() < wanted)
            hasFailed = !promoteLocked(pin, *shard, wanted);
        return true;
    });
    if (!hasFailed)
        return;
    squeeze(); // leaves nothing of what was made in vain
    qBadAlloc();
}

template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::squeeze()
{
    forEachShardLocked([this](Writer &pin, LockedShard &shard, quint64) {
        const qsizetype wanted = shard->live == 0 ? 0 : capacityFor(shard->live);
        if (wanted < shard.table()->capacity())
            promoteLocked(pin, *shard, wanted); // without memory the sparse table stays
        return true;
    });
    mergeShards();
    collect();
}

template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::retireTable(Writer &pin, Table *table) noexcept
{
    if (table->isPlaceholder())
        return;
    add(m_counters.tableBytes, quint64(-table->bytes()));
    pin.retire(table, TableKind, quint64(table->bytes()));
}

// A table that was taken out with everything in it.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::destroyTable(Table *table)
{
    if constexpr (!Inline) {
        table->forEach([](Node *node, qsizetype) {
            Node::destroy(node);
            return true;
        });
    }
    if (!table->isPlaceholder())
        Table::destroy(table);
}

template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::destroy(Retired *object, unsigned kind)
{
    switch (Kind(kind)) {
    case NodeKind:
        if constexpr (!Inline)
            Node::destroy(static_cast<Node *>(object));
        return;
    case TableKind:
        return Table::destroy(static_cast<Table *>(object));
    case FullTableKind:
        return destroyTable(static_cast<Table *>(object));
    case ShardKind:
        delete static_cast<Shard *>(object);
        return;
    case DirectoryKind:
        return Directory::destroy(static_cast<Directory *>(object));
    case ObserversKind:
        delete static_cast<Observers *>(object);
        return;
    }
    Q_UNREACHABLE();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
