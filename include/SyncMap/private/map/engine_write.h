// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/engine.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The shard of a hash, locked. Readers do not notice.
template <typename Key, typename T, typename Traits>
class Engine<Key, T, Traits>::LockedShard
{
public:
    LockedShard(Engine &engine, Writer &pin, quint64 hash) : m_shard(acquire(engine, pin, hash)) { }
    Q_DISABLE_COPY_MOVE(LockedShard)
    ~LockedShard() { unlock(); }

    Shard &operator*() const noexcept { return *m_shard; }
    Shard *operator->() const noexcept { return m_shard; }
    // relaxed: only the lock's holder stores the snapshot.
    Table *table() const noexcept { return m_shard->snapshot.loadRelaxed(); }

    void unlock() noexcept
    {
        if (Shard *shard = std::exchange(m_shard, nullptr))
            shard->mutex.unlock();
    }

    // Where a node that was seen before the lock was taken is now; false if it has gone. For an
    // inline node: where its key is now.
    Position find(const Engine &engine, const Position &seen) const
    {
        Table *now = table();
        if (Q_LIKELY(now == seen.table))
            return now->holds(seen.index, seen.node) ? seen : Position();
        const auto found = now->find(engine.hashOf(*seen.node), [&seen](const Node *node) {
            if constexpr (Inline)
                return isSameKey(node->key, seen.node->key);
            else
                return node == seen.node;
        });
        return { now, found.index, found.node };
    }

private:
    static Shard *acquire(Engine &engine, Writer &pin, quint64 hash)
    {
        for (;;) {
            Shard *shard = engine.directory()->shardFor(hash);
            const bool contended = lock(shard->mutex);
            Traits::testPoint(TestPoint::ShardLocked);
            // relaxed: written under this lock. A dead shard's successors are in the directory
            // since before.
            if (Q_LIKELY(!shard->dead.load(std::memory_order_relaxed))) {
                if (Q_LIKELY(!contended) || !splitContended(engine, pin, *shard, hash))
                    return shard;
            }
            shard->mutex.unlock();
        }
    }

    // True if the lock was not free at once.
    static bool lock(ShardMutex &mutex)
    {
        if (mutex.try_lock())
            return false;
        for (int i = 0; i < SpinLimit; ++i) {
            Traits::relax();
            if (mutex.try_lock())
                return true;
        }
        mutex.lock();
        return true;
    }

    static bool splitContended(Engine &engine, Writer &pin, Shard &shard, quint64 hash)
    {
        if (++shard.contention < ContentionLimit)
            return false;
        shard.contention = 0;
        {
            const std::lock_guard lock(engine.m_directoryLock);
            if (engine.m_shards >= contentionShards())
                return false;
        }
        return engine.splitLocked(pin, shard, hash, Balance::Required);
    }

    Shard *m_shard;
};

template <typename Key, typename T, typename Traits>
typename Engine<Key, T, Traits>::Node *
Engine<Key, T, Traits>::publish(Writer &pin, NodePointer &fresh, IfPresent ifPresent,
                                Attempt *attempt)
{
    const quint64 hash = hashOf(fresh);
    for (;;) {
        LockedShard shard(*this, pin, hash);
        const Position found = findIn(shard.table(), hash, fresh->key);
        if (found && ifPresent == IfPresent::Keep)
            return found.node;
        // What may fail, before anybody is told of the write.
        if (!found && !makeRoomLocked(pin, *shard, hash))
            continue;
        if (Q_UNLIKELY(!shard->claims.isEmpty())) {
            if (ifPresent == IfPresent::Replace && !attempt)
                noteBlindWrite(*shard, hash, std::addressof(fresh->key), Claim::Note::Written);
            else if (isHeldOff(*shard, hash, fresh->key, attempt))
                return nullptr;
        }
        const Observers *observers = observersOf(pin);
        const Node *written = found && InPlace ? found.node : fresh.get();
        if (found) {
            putLocked(pin, shard, found, fresh);
        } else {
            putNewLocked(pin, shard, fresh);
            shard.unlock();
        }
        tell(observers, written, MapChange::Written);
        return found.node;
    }
}

// The node in the place of the one that was found, or its value in that one. Leaves the lock.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::putLocked(Writer &pin, LockedShard &shard, const Position &found,
                                       NodePointer &fresh)
{
    if constexpr (InPlace) {
        found.node->value.store(fresh->value.observe().raw());
        shard.unlock();
    } else {
        fresh->birth = found.node->birth;
        found.table->replaceLocked(found.index, fresh.release());
        shard.unlock();
        retireNode(pin, found.node);
    }
}

template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::add(Writer &pin, NodePointer &fresh)
{
    const Node *written = fresh.get();
    for (;;) {
        LockedShard shard(*this, pin, hashOf(fresh));
        const Observers *observers = observersOf(pin);
        if (!addLocked(pin, shard, fresh))
            continue;
        shard.unlock();
        return tell(observers, written, MapChange::Written);
    }
}

// False if the shard has split: the key belongs to one of the halves.
template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::addLocked(Writer &pin, LockedShard &shard, NodePointer &fresh)
{
    if (!makeRoomLocked(pin, *shard, hashOf(fresh)))
        return false;
    putNewLocked(pin, shard, fresh);
    return true;
}

// Where there is room for it.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::putNewLocked(Writer &pin, LockedShard &shard,
                                          NodePointer &fresh) noexcept
{
    pin.slot().countInserted(1);
    if constexpr (Inline) {
        shard.table()->addLocked(hashOf(fresh), *fresh);
    } else {
        fresh->birth = shard->births.load(std::memory_order_relaxed) + 1;
        // [births] release: an iteration that sees this birth sees what was removed before it.
        shard->births.store(fresh->birth, std::memory_order_release);
        shard.table()->addLocked(fresh.release());
    }
    ++shard->live;
    ++shard->used;
}

template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::overwrite(Writer &pin, const Position &seen,
                                       Raw<std::conditional_t<InPlace, T, char>> raw,
                                       Attempt *attempt)
{
    static_assert(InPlace);
    LockedShard shard(*this, pin, hashOf(*seen.node));
    const Position now = shard.find(*this, seen);
    if (!now)
        return false;
    if (Q_UNLIKELY(!shard->claims.isEmpty())) {
        const quint64 hash = hashOf(*seen.node);
        if (!attempt)
            noteBlindWrite(*shard, hash, std::addressof(seen.node->key), Claim::Note::Written);
        else if (isHeldOff(*shard, hash, seen.node->key, attempt))
            return false;
    }
    const Observers *observers = observersOf(pin);
    now.node->value.store(raw);
    shard.unlock();
    tell(observers, seen.node, MapChange::Written);
    return true;
}

template <typename Key, typename T, typename Traits>
template <typename K>
typename Engine<Key, T, Traits>::Replacement
Engine<Key, T, Traits>::makeReplacement(quint64 hash, K &&key, const T &value) const
{
    if constexpr (InPlace)
        return value;
    else
        return makeNode(hash, std::forward<K>(key), value);
}

template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::replace(Writer &pin, const Position &seen, const Observed &observed,
                                     Replacement &replacement, Attempt *attempt)
{
    LockedShard shard(*this, pin, hashOf(*seen.node));
    const Position now = shard.find(*this, seen);
    if (!now || !now.node->value.isStill(observed))
        return false;
    if (Q_UNLIKELY(!shard->claims.isEmpty())
        && isHeldOff(*shard, hashOf(*seen.node), seen.node->key, attempt))
        return false;
    const Observers *observers = observersOf(pin);
    if constexpr (InPlace) {
        now.node->value.store(toRaw(replacement));
        shard.unlock();
    } else {
        replacement->birth = seen.node->birth;
        now.table->replaceLocked(now.index, replacement.release());
        shard.unlock();
        retireNode(pin, seen.node);
    }
    tell(observers, seen.node, MapChange::Written); // the old node has the same key
    return true;
}

template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::remove(Writer &pin, const Position &seen, const Observed *observed,
                                    Attempt *attempt)
{
    LockedShard shard(*this, pin, hashOf(*seen.node));
    const Position now = shard.find(*this, seen);
    if (!now || (observed && !now.node->value.isStill(*observed)))
        return false;
    if (Q_UNLIKELY(!shard->claims.isEmpty())) {
        const quint64 hash = hashOf(*seen.node);
        if (!observed)
            noteBlindWrite(*shard, hash, std::addressof(seen.node->key), Claim::Note::Removed);
        else if (isHeldOff(*shard, hash, seen.node->key, attempt))
            return false;
    }
    const Observers *observers = observersOf(pin);
    removeLocked(pin, *shard, now.index);
    shard.unlock();
    retireNode(pin, seen.node);
    tell(observers, seen.node, MapChange::Removed);
    return true;
}

template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::removeLocked(Writer &pin, Shard &shard, qsizetype index)
{
    shard.snapshot.loadRelaxed()->removeLocked(index);
    --shard.live;
    pin.slot().countRemoved(1);
    // A deleted slot is not used again, so a table with too many of them is rebuilt: keys that come
    // and go leave nothing behind, and the work is paid for by the removals that made it necessary.
    // If there is no memory for the new table, the old one serves on: removing cannot fail.
    if (shard.deletedLocked() > shard.live + 8
        && promoteLocked(pin, shard, shard.live == 0 ? 0 : capacityFor(shard.live)))
        add(m_counters.purges, 1);
}

template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::retireNode(Writer &pin, Node *node)
{
    if constexpr (!Inline) {
        if (pin.unlinked() == Writer::Unlinked::Retired)
            retire(pin, node);
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
