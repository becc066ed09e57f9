// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/syncmapkeylike.h>
#include <SyncMap/private/map/claim.h>
#include <SyncMap/private/map/directory.h>
#include <SyncMap/private/map/hash.h>
#include <SyncMap/private/map/inlinenode.h>
#include <SyncMap/private/map/inlinetable.h>
#include <SyncMap/private/map/node.h>
#include <SyncMap/private/map/observer.h>
#include <SyncMap/private/map/shard.h>
#include <SyncMap/private/map/table.h>
#include <SyncMap/private/reclamation/guard.h>

#include <memory>
#include <mutex>
#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The engine of SyncMap: an extendible hash table of shards, each with a snapshot for readers and a
// lock for writers.
//
//   directory -> shard -> snapshot (table of node pointers) -> node { hash, key, value }
//
// If key and value are small and trivial, the nodes lie in the table (inlinenode.h), and the last
// arrow is missing.
//
// Readers follow the arrows with acquire loads under a pin, and do nothing else: no lock, no retry,
// no write to anything that other threads read. All writers of a key hold the lock of its
// shard, so there is no compare-and-swap on a node that somebody else removed, and take() is exact.
//
// User code under a lock is only == on keys whose 64-bit hashes are equal. Nodes are built before
// the lock is taken; what was unlinked is retired after it is released, and destroyed by
// reclamation. A read-modify-write looks at the value without the lock, lets the user's code run,
// takes the lock, and commits if the same node still holds the same bits; the pin keeps a removed
// node's address from coming back in between. If not, it starts again. Of an inline node the key
// counts, wherever it lies by then: with the same bits it is as good as the one that was seen.
//
// Linearization points. A write: its store to the slot, tag or value, under the lock. A read that
// returns a value: the load of slot or value; a late reader of a table that was superseded: the
// moment of promotion, if the table does not show a later change. A read that finds nothing: the
// load of the last group's tags. See src/README.md.
template <typename Key, typename T, typename Traits_ = DefaultTraits>
class Engine
{
public:
    using Traits = Traits_;
    // Whether the nodes lie in the tables.
    static constexpr bool Inline = isInline<Key, T>;
    using Node = std::conditional_t<Inline, InlineNode<Key, T, Traits>,
                                    SyncMapInternal::Node<Key, T, Traits>>;
    using Table = std::conditional_t<Inline, InlineTable<Node, Traits>,
                                     SyncMapInternal::Table<Node, Traits>>;
    using ShardMutex = typename ShardLock<T, Traits>::Mutex;
    using Shard = SyncMapInternal::Shard<Table, Traits, ShardMutex>;
    using Directory = SyncMapInternal::Directory<Shard, Traits>;
    using Domain = SyncMapInternal::Domain<Traits>;
    using Reader = ReadPin<Traits>;
    using Writer = WritePin<Traits>;
    using Value = typename Node::Value;
    using Observed = typename Value::Observed;
    // Owns a node that is not in the map yet.
    using NodePointer =
            std::conditional_t<Inline, PendingInlineNode<Key, T, Traits>, std::unique_ptr<Node>>;
    using Claim = SyncMapInternal::Claim<Traits>;
    using Observer = MapObserver<Key>;
    using Observers = MapObservers<Key>;

    static constexpr bool InPlace = isOverwrittenInPlace<T>;
    // Whether a node stores what it was measured to keep on the heap.
    static constexpr bool isMeasuredOnce = !InPlace && isNodeMeasuredOnce<Key, T>;

    // Where a key was seen. Valid under the pin that it was found under; a hint under any lock
    // taken later.
    struct Position
    {
        Table *table = nullptr;
        qsizetype index = -1;
        Node *node = nullptr;

        explicit operator bool() const noexcept { return node; }
    };

    enum class IfPresent : quint8 { Keep, Replace };

    struct Counters
    {
        typename Traits::template Atomic<quint64> promotions { 0 };
        typename Traits::template Atomic<quint64> purges { 0 };
        typename Traits::template Atomic<quint64> splits { 0 };
        typename Traits::template Atomic<quint64> merges { 0 };
        typename Traits::template Atomic<quint64> clears { 0 };
        typename Traits::template Atomic<quint64> tableBytes { 0 };
    };

    explicit Engine(bool counting = false);
    ~Engine();
    Q_DISABLE_COPY_MOVE(Engine)

    Domain &domain() noexcept { return m_domain; }
    const Domain &domain() const noexcept { return m_domain; }
    const Counters &counters() const noexcept { return m_counters; }

    // Reads, under a pin.

    template <typename Other>
    quint64 hashOf(const Other &key) const
    {
        if constexpr (isNumberOrPointer<Key>) {
            static_assert(std::is_constructible_v<Key, const Other &>,
                          "a number or pointer is found by what converts to it");
            return hashOfNumber(bitsOf(static_cast<Key>(key)), m_seed);
        } else {
            const auto hash = quint64(hashLike<Key>(key, size_t(m_seed.given)));
            return isMixedByHash<Key> ? finalizedHash(hash, m_seed) : hashOfNumber(hash, m_seed);
        }
    }

    quint64 hashOf(const Node &node) const noexcept
    {
        if constexpr (Inline)
            return hashOf(node.key);
        else
            return node.hash;
    }

    template <typename Other>
    Position find(quint64 hash, const Other &key) const
    {
        return findIn(tableFor(hash), hash, key);
    }

    // Reads \a count keys; \a found(i, node) is called in order, with null for those absent. The
    // cache misses of up to BatchSize look-ups overlap.
    template <typename Other, typename Found>
    void findMany(const Other *keys, qsizetype count, Found &&found) const;

    // Calls visit(pin, position) for each entry until it returns false. Takes its own pins, one per
    // shard: a Reader, or a Writer if visit() is going to retire.
    template <typename Pin, typename Visit>
    void forEach(Visit &&visit);
    // The same from the hash \a next on, until isEnough() where a shard ends; moves \a next to where
    // to go on. False at the end of the map.
    template <typename Pin, typename Visit, typename IsEnough>
    bool forEachFrom(quint64 &next, Visit &&visit, IsEnough &&isEnough);

    // For a look-up of that hash which is going to follow. Never needed.
    void prefetch(quint64 hash) const noexcept { tableFor(hash)->prefetch(hash); }

    // The node of that hash that \a isWanted(node) accepts.
    template <typename Predicate>
    Position findIf(quint64 hash, Predicate &&isWanted) const
    {
        Table *table = tableFor(hash);
        const auto found = table->find(hash, std::forward<Predicate>(isWanted));
        return { table, found.index, found.node };
    }

    // Where the key of that node is now: the node itself, or the one that took its place.
    Position findAgain(const Node *node) const;

    // See SyncMap::size() and isEmpty().
    qsizetype size() const noexcept;
    bool isEmpty() const noexcept;

    // Writes, under a pin that retires.

    template <typename K, typename V>
    NodePointer makeNode(quint64 hash, K &&key, V &&value) const
    {
        if constexpr (Inline)
            return NodePointer(hash, keyFrom<Key>(key), value);
        else
            return NodePointer(
                    new Node(hash, keyFrom<Key>(std::forward<K>(key)), std::forward<V>(value)));
    }
    // The same with a value that is built where it stays.
    template <typename K, typename... Arguments>
    NodePointer emplaceNode(quint64 hash, K &&key, Arguments &&...arguments) const
    {
        if constexpr (Inline)
            return NodePointer(hash, keyFrom<Key>(key), T(std::forward<Arguments>(arguments)...));
        else
            return NodePointer(new Node(std::in_place, hash, keyFrom<Key>(std::forward<K>(key)),
                                        std::forward<Arguments>(arguments)...));
    }

    // Publishes a new key's node. If the key is there already, the old node is returned, and
    // replaced if so asked; it is valid under the pin. \a fresh is empty afterwards if its node
    // went into the map and is not inline.
    // With an attempt, a key that is new is not put in if somebody has claimed it, and the attempt
    // is told.
    Node *publish(Writer &pin, NodePointer &fresh, IfPresent ifPresent, Attempt *attempt = nullptr);
    // The same for a caller that has all writers of the map wait for one another, and knows that
    // the key is absent.
    void add(Writer &pin, NodePointer &fresh);

    // Stores \a value if the node that was seen is still in the map. Values that are overwritten in
    // place only. With an attempt, not if somebody has claimed the key, and the attempt is told.
    bool overwrite(Writer &pin, const Position &seen, Raw<std::conditional_t<InPlace, T, char>> raw,
                   Attempt *attempt = nullptr);

    // Replaces the value that was observed; false, and no effect, if it has changed or gone.
    using Replacement = std::conditional_t<InPlace, T, NodePointer>;
    template <typename K>
    Replacement makeReplacement(quint64 hash, K &&key, const T &value) const;
    bool replace(Writer &pin, const Position &seen, const Observed &observed,
                 Replacement &replacement, Attempt *attempt = nullptr);
    // Removes the value that was observed, likewise; or, without one, the node that was seen,
    // whatever its value is by now.
    bool remove(Writer &pin, const Position &seen, const Observed *observed = nullptr,
                Attempt *attempt = nullptr);

    // The slow path of a read-modify-write.
    struct Change
    {
        bool isWrite = false;
        NodePointer *fresh = nullptr; // null: remove the key
    };
    class ClaimedKey;
    template <typename Other, typename Step>
    void modifyClaimed(quint64 hash, const Other &key, Step &&step);
    // The same, which calls removed(Node &) with the node of the value that was removed, under the
    // pin that it was looked at under. Values that cannot be copied only.
    template <typename Other, typename Step, typename Removed>
    void modifyClaimed(quint64 hash, const Other &key, Step &&step, Removed &&removed);
    // Somebody's function that this thread runs for a read-modify-write of that key.
    template <typename Other>
    ComputationScope computing(quint64 hash, const Other &key,
                               const Seniority &seniority = {}) const noexcept
    {
        return ComputationScope(this, hash, std::addressof(key), &isClaimed<Other>, seniority);
    }
    template <typename Other>
    bool isComputing(quint64 hash, const Other &key) const;

    // For the caller of a write whose pin leaves unlinked nodes to it. An inline node goes with its
    // table.
    void retire(Writer &pin, Node *node)
    {
        if constexpr (!Inline) {
            const ByteCount bytes = node->bytes();
            pin.retire(node, NodeKind, bytes.bytes, quint32(qMin<quint64>(bytes.unknown, 1024)));
        }
    }

    // Frees what no guard holds, and the memory that this thread keeps for new nodes.
    bool collect()
    {
        const bool isAllFree = m_domain.collect();
        releaseSpareBlocks();
        return isAllFree;
    }

    // Whole-map operations; they take their own pins, one per shard.

    void clear();
    void reserve(qsizetype count);
    void squeeze();

    // News of writes. The engine tells of those whose pin retires by itself; whoever has a write
    // leave its unlinked nodes to him tells of it, too.

    void attach(const std::shared_ptr<Observer> &observer);
    void detach(const Observer *observer) noexcept;

    // Null if there are none. Valid under a pin; complete if asked for under the lock of the write.
    const Observers *observers() const noexcept
    {
        // relaxed: that there is somebody is handed over by the lock of the write.
        if (Q_LIKELY(!m_observers.load(std::memory_order_relaxed)))
            return nullptr;
        // [observers] acquire: pairs with changeObservers().
        return m_observers.load(std::memory_order_acquire);
    }
    // Calls visit(observers) if there are any.
    template <typename Visit>
    void forObservers(Visit &&visit) noexcept;

private:
    class LockedShard;

    // Failed attempts to take a lock at once before a shard splits for that reason alone.
    static constexpr quint32 ContentionLimit = 64;
    // Attempts at a lock before the thread goes to sleep in the kernel. QMutex alone does not spin,
    // and sleeping and waking costs some fifty times the work that is done under the lock.
    static constexpr int SpinLimit = 128;
    static constexpr qsizetype BatchSize = 32;

    enum Kind : unsigned {
        NodeKind,
        TableKind,
        FullTableKind,
        ShardKind,
        DirectoryKind,
        ObserversKind
    };
    enum class Balance : quint8 { Required, Ignored };

    Directory *directory() const noexcept
    {
        // [directory] acquire: pairs with splitLocked(); the entries are filled.
        return m_directory.loadAcquire();
    }
    Table *tableFor(quint64 hash) const noexcept
    {
        // [snapshot] acquire: pairs with promoteLocked(); the table is filled.
        return directory()->shardFor(hash)->snapshot.loadAcquire();
    }
    template <typename Other>
    static Position findIn(Table *table, quint64 hash, const Other &key)
    {
        const auto found =
                table->find(hash, [&key](const Node *node) { return isSameKey(node->key, key); });
        return { table, found.index, found.node };
    }
    // See Claim::isOfKey.
    template <typename Other>
    static bool isClaimed(const void *claimed, const void *written)
    {
        return isSameKey(*static_cast<const Key *>(written), *static_cast<const Other *>(claimed));
    }
    bool hasEntries() const;
    template <typename Visit>
    bool visitShard(quint64 &cursor, Visit &&visit) const;
    template <typename Visit>
    void forEachShardLocked(Visit &&visit);

    struct DeleteUnpublished
    {
        void operator()(Shard *shard) const noexcept
        {
            destroyTable(shard->snapshot.loadRelaxed());
            delete shard;
        }
    };
    using UnpublishedShard = std::unique_ptr<Shard, DeleteUnpublished>;

    static quint64 hashOf(const NodePointer &fresh) noexcept
    {
        if constexpr (Inline)
            return fresh.hash;
        else
            return fresh->hash;
    }
    static qsizetype capacityFor(qsizetype live) noexcept;
    static bool mayHaveMemory(quint8 depth, qsizetype capacity) noexcept;
    UnpublishedShard makeShard(quint8 depth, qsizetype live) noexcept;
    bool makeRoomLocked(Writer &pin, Shard &shard, quint64 hash);
    bool promoteLocked(Writer &pin, Shard &shard, qsizetype capacity) noexcept;
    bool splitLocked(Writer &pin, Shard &shard, quint64 hash, Balance balance) noexcept;
    Directory *directoryFor(quint8 depth, Directory *current) const noexcept;
    void clearLocked(Writer &pin, LockedShard &shard);
    void clearFromLocked(Writer &pin, LockedShard &shard, quint64 first);
    void mergeShards();
    bool mergeLocked(Writer &pin, LockedShard &low, LockedShard &high, quint64 hash) noexcept;
    void shrinkDirectory() noexcept;
    bool addLocked(Writer &pin, LockedShard &shard, NodePointer &fresh);
    void putNewLocked(Writer &pin, LockedShard &shard, NodePointer &fresh) noexcept;
    void removeLocked(Writer &pin, Shard &shard, qsizetype index);
    void copyLocked(Table &dirty, Node *node) const noexcept;
    void retireNode(Writer &pin, Node *node);
    void putLocked(Writer &pin, LockedShard &shard, const Position &found, NodePointer &fresh);
    static void noteBlindWrite(Shard &shard, quint64 hash, const Key *key,
                               typename Claim::Note note) noexcept;
    static bool isHeldOff(Shard &shard, quint64 hash, const Key &key, Attempt *attempt) noexcept;
    const Observers *observersOf(const Writer &pin) const noexcept
    {
        return pin.unlinked() == Writer::Unlinked::Retired ? observers() : nullptr;
    }
    void tell(const Observers *observers, const Node *node, MapChange change) const noexcept
    {
        if (Q_UNLIKELY(observers))
            observers->changed(node->key, hashOf(*node), change);
    }
    template <typename Function>
    void changeObservers(Function &&change);
    void retireTable(Writer &pin, Table *table) noexcept;
    template <typename Count>
    static void add(Count &counter, quint64 value) noexcept
    {
        counter.fetch_add(value, std::memory_order_relaxed); // relaxed: statistics only
    }

    bool destroyEntries();
    static void destroyTable(Table *table);
    static void destroy(Retired *object, unsigned kind);

    // Read by every operation.
    typename Traits::template Snapshot<Directory> m_directory;
    const HashSeed m_seed { randomSeed() };
    Domain m_domain;

    PlaceholderTable<Table, Traits> m_placeholder;
    // Serialises changes of the directory. Taken under the lock of a shard, never the other way
    // round.
    typename Traits::Mutex m_directoryLock;
    quint32 m_shards = 1; // under the directory lock
    // Written under the directory lock.
    typename Traits::template Atomic<Observers *> m_observers { nullptr };
    Counters m_counters;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

#include <SyncMap/private/map/engine_claim.h>
#include <SyncMap/private/map/engine_observe.h>
#include <SyncMap/private/map/engine_read.h>
#include <SyncMap/private/map/engine_structure.h>
#include <SyncMap/private/map/engine_write.h>
