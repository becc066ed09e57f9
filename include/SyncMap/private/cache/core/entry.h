// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/expiry/expiry.h>
#include <SyncMap/private/cache/policy/policy.h>
#include <SyncMap/private/map/node.h>
#include <SyncMap/private/map/shard.h>
#include <SyncMap/private/weight/weight.h>

#include <QtCore/qstringlist.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

struct EntryBase;

// A deadline all the same, however late: the other time line may have an earlier one.
constexpr qint64 idleEnd(qint64 awakeNow, qint64 span) noexcept
{
    return (std::min)(endOf(awakeNow, span), Never - 1);
}

// What a new entry is going to be: what was said of it, together with what it takes over.
struct EntryPlan
{
    std::optional<qsizetype> cost; // else the weigher's
    bool hasOwnCost = false; // that was given
    qint64 timeToLive = Never;
    qint64 timeToIdle = Never;
    qint64 timeToStale = Never;
    bool hasOwnTimeToLive = false;
    bool pinned = false;
    bool stale = false;
    quint8 loadClass = 0; // see LoadTimes
    QStringList tags;

    // It would be over before anybody sees it.
    bool isOver() const noexcept { return timeToLive <= 0 || timeToIdle <= 0; }
    bool needsExtras() const noexcept
    {
        return timeToLive != Never || timeToIdle != Never || hasOwnTimeToLive || !tags.isEmpty();
    }
};

// What only entries with a deadline, a time of becoming stale or tags need: most have none, and pay
// one pointer.
struct EntryExtras : TimerHook
{
    EntryBase *entry = nullptr;
    // Never change once the entry is published.
    qint64 timeToLive = Never; // nanoseconds; as the next one
    qint64 timeToIdle = Never;
    bool hasOwnTimeToLive = false; // which stays when another value comes
    QStringList tags;
    // By the time to live, however often the entry is used; written under the cache's lock.
    std::atomic<qint64> latestDeadline { Never };
    // Of an entry that is Held.
    qint64 heldUntil = Never;
    const EntryBase *successor = nullptr;
};

// What a hit looks at beside the key and the value, and nothing else: all of it is next to the key,
// so that a hit of a small key and value touches one cache line.
struct EntryFront
{
    // From this moment on the entry is not seen any more: of the time that counts suspension, and if it
    // may idle, of the time that does not; then there is the latest deadline besides. Whoever finds it passed makes it Gone, by
    // compare-and-exchange, before he says so; by that, too, a use moves it if there is a time to
    // idle, and a writer who is about to replace the entry makes it Held. So nobody who was late, with
    // a use or a replacement, goes on with a value that another one has missed. What is Held is
    // replaced at its deadline, at the latest: from then on readers go on to its successor.
    std::atomic<qint64> deadline { Never };
    static constexpr qint64 Gone = (std::numeric_limits<qint64>::min)();
    static constexpr qint64 Held = Gone + 1;

    // A hit of the entry is noted, and the policy has not seen it yet: further ones write nothing,
    // so that the cache line of a hot entry stays shared.
    std::atomic<bool> isNoted { false };

    bool mayIdle = false; // has a time to idle; never changes once the entry is published
    bool pinned = false; // likewise
    bool hasOwnCost = false; // likewise; given, and not weighed
    quint8 cause = 0; // once it was unlinked: the SyncCacheRemovalCause

    EntryFront() = default;
    // Only before the entry is published, as that of the others.
    EntryFront(EntryFront &&other) noexcept
        : deadline(other.deadline.load(std::memory_order_relaxed)), // relaxed: not published yet
          mayIdle(other.mayIdle),
          pinned(other.pinned),
          hasOwnCost(other.hasOwnCost)
    {
    }
    EntryFront &operator=(EntryFront &&) = delete;
    ~EntryFront() = default;
};

template <typename T>
struct EntryValue
{
    T value;
};

// The rest of an entry, which only writers look at, and reads that may load. Under the cache's
// lock, except for what says otherwise.
struct EntryBase : EntryHook
{
    // From this moment on a load is due, though the value is still good to show.
    std::atomic<qint64> staleAt { Never };
    std::atomic<qint64> begun { 0 }; // when its times did

    std::unique_ptr<EntryExtras> extras; // never changes once the entry is published

    EntryBase() = default;
    EntryBase(EntryBase &&other) noexcept
        : EntryHook(std::move(other)),
          staleAt(other.staleAt.load(std::memory_order_relaxed)), // relaxed: not published yet
          begun(other.begun.load(std::memory_order_relaxed)), // likewise
          extras(std::move(other.extras))
    {
        if (extras)
            extras->entry = this;
    }
    EntryBase &operator=(EntryBase &&) = delete;
    ~EntryBase() = default;

    EntryExtras &needExtras()
    {
        if (!extras) {
            extras = std::make_unique<EntryExtras>();
            extras->entry = this;
        }
        return *extras;
    }
    const QStringList *tags() const noexcept
    {
        return extras && !extras->tags.isEmpty() ? &extras->tags : nullptr;
    }
};

template <typename T>
struct Entry : EntryFront, EntryValue<T>, EntryBase
{
    explicit Entry(T &&itsValue) : EntryValue<T> { std::move(itsValue) } { }
    explicit Entry(const T &itsValue) : EntryValue<T> { itsValue } { }
    Entry(Entry &&) noexcept(std::is_nothrow_move_constructible_v<T>) = default;
    Entry &operator=(Entry &&) = delete;
    ~Entry() = default;

    // Its times begin, or begin anew. False if it has gone. Under the lock, or before the entry is
    // published.
    bool begin(const Moment &now, qint64 toStale) noexcept
    {
        constexpr auto order = std::memory_order_relaxed; // times say nothing of other memory
        begun.store(now.time, order);
        // Stale at once is a state, and not a moment.
        staleAt.store(toStale <= 0 ? Gone : endOf(now.time, toStale), order);
        if (!extras)
            return true;
        const qint64 latest = endOf(now.time, extras->timeToLive);
        extras->latestDeadline.store(latest, order);
        const qint64 fresh = mayIdle ? idleEnd(now.awake, extras->timeToIdle) : latest;
        qint64 old = deadline.load(order);
        while (old != Gone && !deadline.compare_exchange_weak(old, fresh, order)) {
        }
        return old != Gone;
    }
};

// For reclamation, which looks how much memory waits for it.
template <typename T>
struct HeapParts<Entry<T>>
{
    static constexpr bool isMeasuredOnce = SyncMapInternal::isMeasuredOnce<T>;

    static ByteCount of(const Entry<T> &entry, const Extent &extent)
    {
        ByteCount sum = heapOf<false>(entry.value, extent);
        if (entry.extras) {
            sum += { sizeof(EntryExtras), 0 };
            sum += heapOf<false>(entry.extras->tags, extent);
        }
        return sum;
    }
};

// An entry is not handed out as a whole.
template <typename T>
inline constexpr bool isTakenLater<Entry<T>> = false;

// All writers of a cache hold the cache's lock.
template <typename T, typename Traits>
struct ShardLock<Entry<T>, Traits>
{
    struct Mutex
    {
        // NOLINTNEXTLINE(readability-identifier-naming): as of a standard mutex
        bool try_lock() noexcept { return true; }
        void lock() noexcept { }
        void unlock() noexcept { }
    };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
