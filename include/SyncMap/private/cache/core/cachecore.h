// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryinfo.h>
#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/cache/synccacheremovalcause.h>
#include <SyncMap/cache/synccachestatistics.h>
#include <SyncMap/cache/synccachetrimlevel.h>
#include <SyncMap/private/cache/advice.h>
#include <SyncMap/private/cache/core/cachelock.h>
#include <SyncMap/private/cache/core/entry.h>
#include <SyncMap/private/cache/diary.h>
#include <SyncMap/private/cache/expiry/expiry.h>
#include <SyncMap/private/cache/file/file.h>
#include <SyncMap/private/cache/loading/loading.h>
#include <SyncMap/private/cache/policy/policy.h>
#include <SyncMap/private/cache/removal/removal.h>
#include <SyncMap/private/map/engine.h>
#include <SyncMap/private/reclamation/tenure.h>

#include <array>
#include <mutex>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename Core>
class RestoreWatch;

// What a SyncCache is made of: the map that its entries are in, and beside it what bounds them.
//
// Reads go to the map and nowhere else. They look at the entry's deadline, if it has one, and leave
// a mark in the entry for the policy. Where nobody writes, a reader tells the policy now and then, if
// the lock is free: none waits for it.
//
// Writes build their node, and weigh the value, before they take the one lock of the cache; under
// it they publish the node in the map, tell policy, timer wheel, tags and loads, and evict until
// the total is within the bound. So the order of the writes to a key is the same for all of them,
// and each entry that is in the map is in the policy's queues exactly once. What was unlinked is
// retired, or handed to the listeners, after that lock.
//
// Since all of them do, the map's shards have no locks of their own. Where many threads write, one
// does the work of those who wait, see CacheMutex.
//
// Lock order: the cache's lock, then the queue of a listener. No user code runs under any of them
// but == on keys with equal hashes.
//
// It belongs to the cache. Whatever else uses it, and may be under way when the cache ends (answers of
// loaders, listeners, timers, files), does so through a Tenure, which close() closes; and keeps it,
// empty, if it is what ended the cache.
template <typename Key, typename T>
class CacheCore : public std::enable_shared_from_this<CacheCore<Key, T>>
{
public:
    using Entry = SyncMapInternal::Entry<T>;
    using Engine = SyncMapInternal::Engine<Key, Entry>;
    using Node = typename Engine::Node;
    using NodePointer = typename Engine::NodePointer;
    using Position = typename Engine::Position;
    using Reader = typename Engine::Reader;
    using Writer = typename Engine::Writer;
    using Slot = CountingSlot<typename Engine::Traits>;
    using Weigher = std::function<qsizetype(const Key &, const T &)>;
    using Mutex = CacheMutex;
    using Milliseconds = std::chrono::milliseconds;
    using ItsLoads = Loads<Key, T, CacheCore>;
    using ItsTenure = Tenure<CacheCore>;
    using Use = typename ItsTenure::Use;

    class Lock
    {
    public:
        explicit Lock(CacheCore &core) : m_lock(core.m_mutex) { }
        void unlock() { m_lock.unlock(); }

    private:
        std::unique_lock<Mutex> m_lock;
    };

    // A value that has left, kept for those who are told of it. Its end may run code of the user's.
    class Removed
    {
    public:
        Removed(std::shared_ptr<CacheCore> core, Node *node, quint64 number) noexcept
            : m_core(std::move(core)), m_node(node), m_number(number)
        {
        }
        Q_DISABLE_COPY_MOVE(Removed)
        ~Removed()
        {
            if (m_node)
                m_core->retire(m_node);
        }

        const Key &key() const noexcept { return m_node->key; }
        const T &value() const noexcept { return entryOf(m_node).value; }
        const Entry &entry() const noexcept { return entryOf(m_node); }
        SyncCacheRemovalCause cause() const noexcept
        {
            return SyncCacheRemovalCause(entryOf(m_node).cause);
        }
        // Later news have larger ones.
        quint64 number() const noexcept { return m_number; }
        const std::shared_ptr<CacheCore> &core() const noexcept { return m_core; }
        // Asks the user's types: under no lock. Small enough that sums need not look for an overflow.
        ByteCount bytes() const noexcept
        {
            const ByteCount count = m_node->bytes();
            return { qMin(count.bytes, ByteCount::Most), count.unknown };
        }
        quint64 cost() const noexcept
        {
            return qBound<quint64>(1, quint64(entryOf(m_node).cost), ByteCount::Most);
        }

        std::shared_ptr<Removed> next; // in the chain of the writer who tells of it; his alone

    private:
        const std::shared_ptr<CacheCore> m_core;
        Node *const m_node;
        const quint64 m_number;
    };
    using Listener = RemovalListener<Key, T, Removed>;
    using Listeners = std::vector<std::shared_ptr<Listener>>;

    CacheCore(qsizetype maxCost, bool isBoundChosen)
        : m_map(true),
          m_isBoundChosen(isBoundChosen),
          m_maxCost(qMax<qsizetype>(maxCost, -1)),
          loads(*this)
    {
        m_policy.setCapacity(maxCost);
    }
    Q_DISABLE_COPY_MOVE(CacheCore)
    ~CacheCore() = default;

    // The cache has gone: when this returns, everybody was told, and all it held is destroyed. Only
    // loaders that run go on, and do not come back here.
    void close();

    Engine &map() noexcept { return m_map; }
    quint64 hashOf(const Key &key) const { return m_map.hashOf(key); }

    static Entry &entryOf(const Node *node) noexcept
    {
        // What is not const in a published node says for itself who may write it.
        return const_cast<Entry &>(*node->value.pointer());
    }

    // Reads, under a pin.

    // The entry of \a key, or null if it is absent or has expired. Counts, and is a use.
    template <typename Pin, typename Other>
    const Entry *use(const Pin &pin, quint64 hash, const Other &key)
    {
        return use(static_cast<Slot &>(pin.slot()), m_map.find(hash, key).node);
    }
    const Entry *use(Slot &slot, const Node *node)
    {
        const Entry *entry = node ? aliveOf(entryOf(node), true) : nullptr;
        const quint64 number = slot.count(entry);
        if (!entry)
            return nullptr;
        // relaxed: a hint for the policy; nothing is concluded from it. If two threads note the
        // same hit, or a note has no room, the policy knows a little less.
        // Room first: without writers there soon is none, and the entry's mark is not looked at.
        if (slot.hasRoom()) {
            if (!entry->isNoted.load(std::memory_order_relaxed)) {
                slot.note(entry->hash);
                const_cast<Entry *>(entry)->isNoted.store(true, std::memory_order_relaxed);
            }
        } else if (Q_UNLIKELY(slot.isLookDue(number))) {
            handOver(slot, number);
        }
        return entry;
    }
    // The same without a trace.
    template <typename Other>
    const Entry *peek(quint64 hash, const Other &key)
    {
        const Node *node = m_map.find(hash, key).node;
        return node ? aliveOf(entryOf(node), false) : nullptr;
    }
    // The entry, or the one that has replaced it meanwhile; null if it has expired.
    const Entry *aliveOf(const Entry &entry, bool isUse)
    {
        // relaxed: the deadline says nothing of other memory.
        const qint64 deadline = entry.deadline.load(std::memory_order_relaxed);
        return Q_LIKELY(deadline == Never) ? &entry : aliveByDeadline(&entry, deadline, isUse);
    }
    bool isAlive(const Entry &entry) { return aliveOf(entry, false) == &entry; }
    bool isStale(const Entry &entry) const
    {
        const qint64 staleAt = entry.staleAt.load(std::memory_order_relaxed); // relaxed: as above
        return staleAt != Never && hasPassed(staleAt);
    }

    // Writes. False, and the key is absent, if the value cannot fit.

    // What was said, and what it takes over from the entry that it changes, if there is one.
    EntryPlan planOf(const SyncCacheEntryOptions &options, const Entry *present) const;
    EntryPlan defaultPlan() const; // the same of nothing
    // By a plan that is not over.
    // If something throws, the value stays where it is, provided that it can be assigned.
    NodePointer makeNode(quint64 hash, Key key, T &&value, const EntryPlan &plan);

    // A value that replaces one and cannot fit leaves nothing there, unless it is ReplaceIfItFits.
    enum class IfPresent : quint8 { Keep, Replace, ReplaceIfItFits };
    enum class Outcome : quint8 {
        Stored,
        Refused, // cannot fit
        Kept, // IfPresent::Keep, and somebody was there
        Unwanted,
        Over, // its time is over before it begins: the key is absent
        Crowded, // until what has expired is freed: nothing has happened yet
    };
    struct StoreResult
    {
        Outcome outcome = Outcome::Refused;
        const Entry *other = nullptr; // what was replaced, or kept; valid under the pin
    };
    // What is not stored stays in fresh.
    template <typename Wanted>
    StoreResult store(Writer &pin, NodePointer &fresh, IfPresent ifPresent, Wanted &&wantedLocked);
    // Replaces exactly the entry that was seen.
    enum class Exchange : quint8 { Done, Refused, Missed, Crowded };
    // A write, or the same value with other options, whose times go on, or begin anew: that overtakes no
    // load, is no removal, and changes nothing if it does not fit.
    enum class Kind : quint8 { Write, Amendment, Renewal };
    Exchange replace(Writer &pin, const Position &seen, NodePointer &fresh);
    // False if there is none, or it would not fit, and then it stays as it was.
    bool setOptions(quint64 hash, const Key &key, const SyncCacheEntryOptions &options);
    std::optional<SyncCacheEntryInfo> infoOf(quint64 hash, const Key &key);
    enum class News : quint8 { EachKey, ToldByCaller };
    bool remove(Writer &pin, const Position &seen, SyncCacheRemovalCause cause,
                News news = News::EachKey);
    bool isLoadWanted(const Key &key)
    {
        const std::lock_guard lock(m_mutex);
        return loads.isWantedLocked(hashOf(key), key);
    }
    // Whether that key's entry, or load, is there or not: what is written now wins.
    bool supersedeAbsent(quint64 hash, const Key &key);

    void clear();
    qsizetype removeByTag(const QString &tag);
    bool invalidate(quint64 hash, const Key &key);
    void invalidateAll();
    void trim(SyncCacheTrimLevel level);
    void setMaxCost(qsizetype maxCost);
    void setMaxPolicyBytes(qsizetype bytes)
    {
        const std::lock_guard lock(m_mutex);
        m_policy.setMaxBytes(qMax<qsizetype>(bytes, -1));
    }
    qsizetype maxPolicyBytes() const
    {
        const std::lock_guard lock(m_mutex);
        return qsizetype(m_policy.maxBytes());
    }
    void setKeepsSlowLoads(bool keeps)
    {
        const std::lock_guard lock(m_mutex);
        m_policy.setKeepsSlowLoads(keeps);
    }
    bool keepsSlowLoads() const
    {
        const std::lock_guard lock(m_mutex);
        return m_policy.keepsSlowLoads();
    }
    qint64 maxCost() const noexcept { return m_maxCost.load(std::memory_order_relaxed); }
    qint64 totalCost() const noexcept { return m_totalCost.load(std::memory_order_relaxed); }

    // Set-up, before first use.

    void setWeigher(Weigher weigher, bool weighsBytes)
    {
        m_weigher = std::move(weigher);
        m_weighsBytes = weighsBytes;
        const std::lock_guard lock(m_mutex);
        m_policy.setCostsAreBytes(weighsBytes);
    }
    bool hasWeigher() const noexcept { return bool(m_weigher); }
    bool weighsBytes() const noexcept { return m_weighsBytes; }
    SyncCacheClock *clock() const noexcept { return m_clock; }
    void setClock(SyncCacheClock *clock)
    {
        m_clock = clock;
        m_clockLink.reset();
        if (!clock)
            return;
        m_clockLink = std::make_shared<ClockLink>(loads.tenure());
        listenTo(*clock, m_clockLink);
    }

    struct Times
    {
        // Nanoseconds. relaxed everywhere: a write takes what it sees.
        std::atomic<qint64> toLive { Never };
        std::atomic<qint64> toIdle { Never };
        std::atomic<qint64> toStale { Never };
    };
    Times times;

    enum class RemovalOutcome : quint8 { Unwanted, NothingThere, Removed };

    // For loads.

    Lookup<T> lookUp(const Key &key, quint64 hash)
    {
        const Reader pin(m_map.domain());
        return toLookup(use(pin, hash, key));
    }
    // \a loadTime: zero if it is not known.
    template <typename Wanted>
    Outcome storeLoaded(const Key &key, quint64 hash, const T &value, const LoadedOptions &options,
                        std::chrono::nanoseconds loadTime, Wanted &&wantedLocked);
    template <typename Wanted>
    RemovalOutcome removeIf(const Key &key, quint64 hash, SyncCacheRemovalCause cause,
                            Wanted &&wantedLocked);
    template <typename Wanted>
    std::optional<T> renew(const Key &key, quint64 hash, const LoadedOptions &options,
                           Wanted &&wantedLocked);
    // What a loader brings beside its own key, if \a wantedLocked(hash), and unless it is pinned.
    template <typename Wanted>
    void insertFromLoader(const Key &key, const T &value, Wanted &&wantedLocked);
    bool insert(Key &&key, T &&value, const SyncCacheEntryOptions &options)
    {
        return insert(std::move(key), std::move(value), planOf(options, nullptr));
    }
    bool insert(Key &&key, T &&value)
    {
        return insert(std::move(key), std::move(value), defaultPlan());
    }
    bool insert(Key &&key, T &&value, const EntryPlan &plan);

    // For files.

    qint64 wallTime() const; // milliseconds since 1970, UTC
    StoredOptions describe(const Entry &entry) const;
    void restore(Key &&key, T &&value, StoredOptions &&stored,
                 const RestoreWatch<CacheCore> &watch);

    qint64 now() const; // with the time that the machine was suspended; as all but times to idle
    qint64 awakeNow() const; // without
    Moment moment() const { return { now(), awakeNow() }; }

    // News of removals.

    // The end is near: what takes long need not go on.
    bool isEnding() const noexcept { return loads.isEnding(); }

    // As Engine::attach(): writes of the cache look for observers under its own lock.
    void attach(const std::shared_ptr<MapObserver<Key>> &observer)
    {
        m_map.attach(observer);
        const std::lock_guard lock(m_mutex);
    }

    // Who watches the cache may have waited for one.
    template <typename... Loader>
    void setLoader(Loader &&...loader)
    {
        loads.setLoader(std::forward<Loader>(loader)...);
        m_map.forObservers([](const auto &all) { all.loaderReplaced(); });
    }
    void resetLoader()
    {
        loads.resetLoader();
        m_map.forObservers([](const auto &all) { all.loaderReplaced(); });
    }

    void setMaxPendingBytes(qsizetype bytes);
    qsizetype maxPendingBytes() const noexcept
    {
        return m_maxPendingBytes.load(std::memory_order_relaxed);
    }
    std::shared_ptr<Listener> addListener(QObject *context, typename Listener::Function function);

    SyncCacheStatistics statistics() const;
    // Under no lock.
    void countRefused()
    {
        const bool isFirst = m_refused.fetch_add(1, std::memory_order_relaxed) == 0;
        if (Q_UNLIKELY(isFirst && m_weigher && !m_isBoundChosen.load(std::memory_order_relaxed)))
            reportDefaultBound();
    }
    // Of an entry that nobody has seen.
    void countRefused(const Node &node)
    {
        countRefused();
        if (Q_UNLIKELY(tellsOfEntries())) {
            sayIfPossible([&] {
                tellOfRefusal(textForMessage(node.key), entryOf(&node).cost, totalCost(),
                              maxCost());
            });
        }
    }

    // Frees what has expired, however much that is; for clocks that are advanced by hand, and for those
    // who need the room.
    void expire();

    // Everything fits together; for tests, when nobody else uses the cache.
    bool isConsistent();

private:
    // Entries that were unlinked under the lock, and wait for its end.
    class Unlinked;
    using Tags = TagIndex<EntryBase>;

    // What a clock knows of the cache.
    struct ClockLink : ClockListener
    {
        explicit ClockLink(std::shared_ptr<ItsTenure> itsTenure) : tenure(std::move(itsTenure)) { }
        void clockAdvanced() override
        {
            const Use core(*tenure);
            const auto kept =
                    core ? core->weak_from_this().lock() : nullptr; // a destructor may end it
            if (core)
                core->expire();
        }
        const std::shared_ptr<ItsTenure> tenure;
    };

    void discard();
    template <typename Change>
    void changeListeners(Change &&change);
    typename Listener::Bound newsBound() const noexcept;

    friend class Removed;
    void retire(Node *node)
    {
        Writer pin(m_map.domain());
        m_map.retire(pin, node);
    }

    Lookup<T> toLookup(const Entry *entry) const
    {
        if (!entry)
            return {};
        return { entry->value, isStale(*entry) };
    }

    // Exact, and cheap as long as the moment is far away.
    bool hasPassed(qint64 moment) const noexcept
    {
        if (Q_UNLIKELY(m_clock))
            return m_clock->nowWithSuspension().count() >= moment;
        return saturatingSubtract(moment, coarseNowWithSuspension()) <= CoarseLag
                && exactNowWithSuspension() >= moment;
    }
    bool hasPassedAwake(qint64 moment) const noexcept
    {
        if (Q_UNLIKELY(m_clock))
            return m_clock->now().count() >= moment;
        return saturatingSubtract(moment, coarseNow()) <= CoarseLag && exactNow() >= moment;
    }
    // \a deadline is the entry's.
    bool isOver(const Entry &entry, qint64 deadline) const noexcept
    {
        if (Q_LIKELY(!entry.mayIdle))
            return hasPassed(deadline);
        if (hasPassedAwake(deadline))
            return true;
        const qint64 latest = entry.extras->latestDeadline.load(std::memory_order_relaxed);
        return latest != Never && hasPassed(latest);
    }
    // When the timer wheel is to look at it: on the time line that counts suspension.
    qint64 dueOf(const Entry &entry) const noexcept
    {
        // relaxed: as all deadlines.
        const qint64 deadline = entry.deadline.load(std::memory_order_relaxed);
        if (!entry.mayIdle || deadline == Never)
            return deadline;
        return qMin(saturatingAdd(deadline, saturatingSubtract(now(), awakeNow())),
                    entry.extras->latestDeadline.load(std::memory_order_relaxed));
    }
    Moment momentFor(const EntryPlan &plan) const;
    // The value of \a key, as \a options say from now on.
    enum class TimesOf : quint8 { Now, Before };
    struct Amended
    {
        const Entry *entry =
                nullptr; // one with the value, valid under the pin; null: there is none
        bool isDone = false; // it is wanted, and fits
    };
    template <typename Wanted>
    Amended amend(Writer &pin, quint64 hash, const Key &key, const LoadedOptions &options,
                  TimesOf from, Wanted &&wantedLocked);
    EntryPlan planOfAmendment(const LoadedOptions &options, const Entry &old, TimesOf from) const;
    void goOnLocked(const Entry &old, Entry &fresh, const SyncCacheEntryOptions &options);
    bool hasTimesOfNow(quint64 hash, const Key &key);

    const Entry *aliveByDeadline(const Entry *entry, qint64 deadline, bool isUse);
    bool holdLocked(Entry &entry, Entry &successor, Kind kind = Kind::Write);
    qsizetype weighExtras(const EntryPlan &plan) const;

    Position positionOf(EntryBase &entry)
    {
        return m_map.findIf(entry.hash, [&entry](const Node *node) {
            return static_cast<EntryBase *>(&entryOf(node)) == &entry;
        });
    }
    quint64 limit() const noexcept
    {
        const qint64 maxCost = m_maxCost.load(std::memory_order_relaxed); // relaxed: under the lock
        return maxCost < 0 ? quint64((std::numeric_limits<qint64>::max)()) : quint64(maxCost);
    }
    template <typename Wanted>
    StoreResult storeLocked(Writer &pin, NodePointer &fresh, IfPresent ifPresent, bool mayBeCrowded,
                            const Wanted &wantedLocked, Unlinked &unlinked);
    Exchange replaceLocked(Writer &pin, const Position &seen, NodePointer &fresh, Kind kind,
                           bool mayBeCrowded, Unlinked &unlinked);
    // What is pinned must stay, and to evict what costs nothing would gain nothing: the policy does
    // not know of either.
    static bool mayBeEvicted(const Entry &entry) noexcept
    {
        return !entry.pinned && entry.cost != 0;
    }
    bool fitsLocked(const Entry &entry, const Entry *replaced) const noexcept;
    // It does not fit, and something has expired that is not freed yet.
    bool isCrowdedLocked(const Entry &entry, const Entry *replaced) const
    {
        return !m_wheel.isEmpty() && !fitsLocked(entry, replaced) && m_wheel.nextDue() <= now();
    }
    void prepareLocked(Entry &entry);
    void handOver(Slot &slot, quint64 hit);
    void usedLocked(quint64 hash) noexcept;
    void tellPolicyLocked(Writer &pin);
    void settleLocked(Writer &pin, Entry &entry, Entry *replaced, Unlinked &unlinked);
    void forgetLocked(Entry &entry) noexcept;
    void partLocked(Node *node, SyncCacheRemovalCause cause, Unlinked &unlinked);
    bool unlinkLocked(Writer &pin, const Position &position, SyncCacheRemovalCause cause,
                      Unlinked &unlinked, News news = News::EachKey);
    static MapChange changeFor(SyncCacheRemovalCause cause) noexcept
    {
        switch (cause) {
        case SyncCacheRemovalCause::Expired:
            return MapChange::Expired;
        case SyncCacheRemovalCause::Evicted:
        case SyncCacheRemovalCause::Trimmed:
            return MapChange::Evicted;
        default:
            return MapChange::Removed;
        }
    }
    bool removeSliceLocked(Writer &pin, typename Tags::Removal &removal, qsizetype &removed,
                           Unlinked &unlinked);
    bool evictLocked(Writer &pin, quint64 limit, SyncCacheRemovalCause cause, const Entry *spared,
                     Unlinked &unlinked, int atMost = (std::numeric_limits<int>::max)());
    bool expireLocked(Writer &pin, int atMost, Unlinked &unlinked);
    bool expireOneLocked(Writer &pin, qint64 time, Unlinked &unlinked);
    void expireForAWhile();
    void evictInSlices(quint64 limit, SyncCacheRemovalCause cause);
    void shrinkPolicy(EvictionPolicy::Keep keep);
    void publishTotalLocked() noexcept;
    void armTimerLocked(Unlinked &unlinked) noexcept;
    void startTimer(qint64 wait) noexcept;

    // How many expired entries a write frees on its way, and how many entries one holding of the
    // lock frees where many have to go.
    static constexpr int ExpiredPerWrite = 4;
    static constexpr int SliceSize = 64;
    // How often an eviction lets the timer wheel move on in search of what has expired.
    static constexpr int MaximalSteps = 64;
    // Each write brings its own thread's hits to the policy; each eighth, all threads'. To look at
    // each thread's notes in each write would be a cache miss for each thread.
    static constexpr quint32 WritesPerRound = 8;

    Engine m_map;

    // Read by every read.
    SyncCacheClock *m_clock = nullptr;
    std::shared_ptr<ClockLink> m_clockLink;

    mutable Mutex m_mutex;
    EvictionPolicy m_policy; // under the lock, as all that follows
    TimerWheel m_wheel;
    Tags m_tags;
    quint64 m_pinnedCost = 0;
    std::array<quint64, SyncCacheStatistics::CauseCount> m_removals = {};
    quint64 m_newsCount = 0; // of removals, for listeners
    quint32 m_writes = 0;
    quint64 m_cost = 0; // of all entries; may pass the bound within a write
    // Replaced as a whole, so that a write can go on with those it began with.
    std::shared_ptr<const Listeners> m_listeners;
    std::shared_ptr<ApplicationTimer> m_timer; // made when there is something to wait for
    qint64 m_timerDue = Never;

    std::atomic<bool> m_isBoundChosen; // by the user. relaxed: for a message
    std::atomic<qint64> m_maxCost; // written under the lock
    std::atomic<qint64> m_totalCost { 0 }; // likewise
    std::atomic<quint64> m_evictions { 0 }; // likewise: each of them would have made use of notes
    std::atomic<quint64> m_refused { 0 };
    std::atomic<qsizetype> m_maxPendingBytes { Listener::DefaultBytes }; // relaxed: just a number

    Weigher m_weigher;
    bool m_weighsBytes = false; // and so what an entry has beside the value counts, too

public:
    FileError fileError;
    ItsLoads loads; // last: destroyed first
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

#include <SyncMap/private/cache/core/cachecore_amend.h>
#include <SyncMap/private/cache/core/cachecore_expiry.h>
#include <SyncMap/private/cache/core/cachecore_listeners.h>
#include <SyncMap/private/cache/core/cachecore_removal.h>
#include <SyncMap/private/cache/core/cachecore_restore.h>
#include <SyncMap/private/cache/core/cachecore_unlinked.h>
#include <SyncMap/private/cache/core/cachecore_write.h>
