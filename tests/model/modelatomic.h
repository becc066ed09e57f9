// SPDX-License-Identifier: MIT
#pragma once

#include "modelworld.h"

#include <SyncMap/private/map/engine.h>

namespace Model {

// What an atomic is for, as far as its type tells.
enum class Role {
    Other,
    Number,
    InPlaceValue,
    Limbo,
    SlotList,
    Node,
    Shard,
    Snapshot,
    Directory,
    Observers,
};

template <typename T>
inline constexpr Role roleOf = Role::Other;
template <>
inline constexpr Role roleOf<quint64> = Role::Number;
template <>
inline constexpr Role roleOf<quint16> = Role::InPlaceValue; // of the models' values alone
template <>
inline constexpr Role roleOf<SyncMapInternal::Retired *> = Role::Limbo;
template <typename Traits>
inline constexpr Role roleOf<SyncMapInternal::ThreadSlot<Traits> *> = Role::SlotList;
template <typename Key, typename T, typename Traits>
inline constexpr Role roleOf<SyncMapInternal::Node<Key, T, Traits> *> = Role::Node;
template <typename Table, typename Traits>
inline constexpr Role roleOf<SyncMapInternal::Shard<Table, Traits> *> = Role::Shard;
template <typename Key>
inline constexpr Role roleOf<SyncMapInternal::MapObservers<Key> *> = Role::Observers;

enum class Access { Load, Store, ReadModifyWrite };

// The numbers that a plant has to know by their place.
struct Places
{
    const void *epoch = nullptr;
    const void *pinned[MaxThreads] = {};

    bool isPinned(const void *atomic) const
    {
        for (const void *each : pinned) {
            if (each == atomic)
                return true;
        }
        return false;
    }
};
inline Places places;

inline bool isWeakened(Role role, Access access, const void *atomic)
{
    const bool loads = access == Access::Load;
    switch (planted) {
    case Plant::RelaxedLeave:
        return access == Access::Store && places.isPinned(atomic);
    case Plant::RelaxedScan:
        return loads && places.isPinned(atomic);
    case Plant::RelaxedEpochLoad:
        return loads && atomic == places.epoch;
    case Plant::RelaxedEpochIncrement:
        return !loads && atomic == places.epoch;
    case Plant::RelaxedRetire:
        return role == Role::Limbo && !loads;
    case Plant::RelaxedSlotPush:
        return role == Role::SlotList && !loads;
    case Plant::RelaxedSlotWalk:
        return role == Role::SlotList && loads;
    case Plant::RelaxedNodeStore:
        return role == Role::Node && !loads;
    case Plant::RelaxedNodeLoad:
        return role == Role::Node && loads;
    case Plant::RelaxedSnapshotStore:
        return role == Role::Snapshot && !loads;
    case Plant::RelaxedSnapshotLoad:
        return role == Role::Snapshot && loads;
    case Plant::RelaxedShardStore:
        return role == Role::Shard && !loads;
    case Plant::RelaxedShardLoad:
        return role == Role::Shard && loads;
    case Plant::RelaxedDirectoryStore:
        return role == Role::Directory && !loads;
    case Plant::RelaxedDirectoryLoad:
        return role == Role::Directory && loads;
    case Plant::RelaxedValueStore:
        return role == Role::InPlaceValue && !loads;
    case Plant::RelaxedValueLoad:
        return role == Role::InPlaceValue && loads;
    case Plant::RelaxedTagStore:
        return role == Role::Number && access == Access::Store && !places.isPinned(atomic);
    case Plant::RelaxedObserversStore:
        return role == Role::Observers && !loads;
    case Plant::RelaxedObserversLoad:
        return role == Role::Observers && loads;
    default:
        return false;
    }
}

inline rl::memory_order relacyOrder(std::memory_order order)
{
    switch (order) {
    case std::memory_order_relaxed:
        return rl::mo_relaxed;
    case std::memory_order_consume:
        return rl::mo_consume;
    case std::memory_order_acquire:
        return rl::mo_acquire;
    case std::memory_order_release:
        return rl::mo_release;
    case std::memory_order_acq_rel:
        return rl::mo_acq_rel;
    case std::memory_order_seq_cst:
        break;
    }
    return rl::mo_seq_cst;
}

// Relacy does not print pointers to constants.
template <typename T>
struct Stored
{
    using Type = T;
};
template <>
struct Stored<const void *>
{
    using Type = quintptr;
};

template <typename T>
class Cell final : public CellBase
{
public:
    explicit Cell(T value)
    {
        // Nobody else knows it yet.
        const rl::preemption_disabler disabler(rl::ctx());
        atomic.store(value, rl::mo_relaxed, RL_INFO);
    }
    rl::generic_atomic<T, false> atomic;
};

// An atomic in Relacy's hands. Trivially destructible, as the engine expects of its atomics: the
// memory that it stands in tells of its end.
template <typename T, Role role = roleOf<T>>
class Atomic
{
    using Raw = typename Stored<T>::Type;

public:
    Atomic() : Atomic(T()) { }
    Atomic(T value)
        : m_cell(makeUncounted<Cell<Raw>>(Raw(value))), m_life(World::instance().lifeOf(this))
    {
        World::instance().add(m_cell);
    }
    Q_DISABLE_COPY_MOVE(Atomic)
    ~Atomic() = default;

    T load(std::memory_order order) const
    {
        begin();
        const T value = T(m_cell->atomic.load(weaken(Access::Load, order), RL_INFO));
        if (planted == Plant::NoGracePeriod && places.isPinned(this)
            && places.pinned[rl::thread_index()] != this)
            return T();
        // No entry of a directory is ever null to whoever sees that it was filled.
        if constexpr (role == Role::Shard)
            RL_ASSERT(value);
        return value;
    }
    void store(T value, std::memory_order order)
    {
        begin();
        m_cell->atomic.store(Raw(value), weaken(Access::Store, order), RL_INFO);
    }
    T exchange(T value, std::memory_order order)
    {
        begin();
        return m_cell->atomic.exchange(value, weaken(Access::ReadModifyWrite, order), RL_INFO);
    }
    T fetch_add(T value, std::memory_order order)
    {
        begin();
        return m_cell->atomic.fetch_add(value, weaken(Access::ReadModifyWrite, order), RL_INFO);
    }
    T fetch_and(T value, std::memory_order order)
    {
        begin();
        return m_cell->atomic.fetch_and(value, weaken(Access::ReadModifyWrite, order), RL_INFO);
    }
    bool compare_exchange_weak(T &expected, T desired, std::memory_order success,
                               std::memory_order failure)
    {
        begin();
        rl::memory_order order = weaken(Access::Store, success);
        const rl::memory_order failed = failureOf(order, failure);
        return m_cell->atomic.compare_exchange(rl::bool_t<true>(), expected, desired, order, failed,
                                               RL_INFO);
    }
    bool compare_exchange_strong(T &expected, T desired, std::memory_order success,
                                 std::memory_order failure)
    {
        begin();
        rl::memory_order order = weaken(Access::Store, success);
        const rl::memory_order failed = failureOf(order, failure);
        return m_cell->atomic.compare_exchange(rl::bool_t<false>(), expected, desired, order,
                                               failed, RL_INFO);
    }

private:
    void begin() const
    {
        World::instance().mayInterrupt();
        if (m_life)
            (*m_life)(RL_INFO).load();
    }
    rl::memory_order weaken(Access access, std::memory_order order) const
    {
        return isWeakened(role, access, this) ? rl::mo_relaxed : relacyOrder(order);
    }
    // Relacy is of a time when a failure could not be ordered more strongly than a success; what is
    // acquired by a failure must then be acquired by a success, too.
    static rl::memory_order failureOf(rl::memory_order &success, std::memory_order failure)
    {
        if (failure == std::memory_order_acquire && success == rl::mo_release)
            success = rl::mo_acq_rel;
        return success == rl::mo_relaxed ? rl::mo_relaxed : relacyOrder(failure);
    }

    Cell<Raw> *m_cell;
    Life *m_life;
};

template <typename T>
inline constexpr Role roleOfSnapshot = Role::Snapshot;
template <typename Shard, typename Traits>
inline constexpr Role roleOfSnapshot<SyncMapInternal::Directory<Shard, Traits>> = Role::Directory;

// As QAtomicPointer.
template <typename T>
class Snapshot
{
public:
    Snapshot(T *pointer = nullptr) : m_pointer(pointer) { }

    T *loadRelaxed() const { return m_pointer.load(std::memory_order_relaxed); }
    T *loadAcquire() const { return m_pointer.load(std::memory_order_acquire); }
    void storeRelaxed(T *pointer) { m_pointer.store(pointer, std::memory_order_relaxed); }
    void storeRelease(T *pointer) { m_pointer.store(pointer, std::memory_order_release); }

private:
    Atomic<T *, roleOfSnapshot<T>> m_pointer;
};

class Mutex
{
public:
    // The next attempt of the calling thread fails, as if somebody else had been in the way.
    static inline bool nextAttemptFails[MaxThreads] = {};

    bool try_lock() // NOLINT(readability-identifier-naming): as std::unique_lock calls it
    {
        World::instance().mayInterrupt();
        if (std::exchange(nextAttemptFails[rl::thread_index()], false))
            return false;
        return isMissing() || m_mutex.try_lock(RL_INFO);
    }
    void lock()
    {
        if (isMissing() || m_mutex.try_lock(RL_INFO))
            return;
        World::instance().stops();
        m_mutex.lock(RL_INFO);
        World::instance().goesOn();
    }
    void unlock()
    {
        World::instance().mayInterrupt();
        if (!isMissing())
            m_mutex.unlock(RL_INFO);
    }

private:
    // A shard stands in a block of its own, a domain does not.
    bool isMissing()
    {
        return planted == Plant::NoShardLock && World::instance().lifeOf(this) != nullptr;
    }

    rl::mutex m_mutex;
};

// As SyncMapInternal::Parking: who sleeps for ever is a deadlock that the checker finds.
class Parking
{
public:
    void wait()
    {
        World::instance().stops();
        m_mutex.lock(RL_INFO);
        while (!m_isSaid)
            m_word.wait(m_mutex, RL_INFO);
        m_isSaid = false;
        m_mutex.unlock(RL_INFO);
        World::instance().goesOn();
    }
    void wake()
    {
        World::instance().stops();
        m_mutex.lock(RL_INFO);
        m_isSaid = true;
        m_word.notify_one(RL_INFO);
        m_mutex.unlock(RL_INFO);
        World::instance().goesOn();
    }

private:
    rl::mutex m_mutex;
    rl::condition_variable_any m_word;
    bool m_isSaid = false;
};

} // namespace Model
