// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cachecore.h>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qvarlengtharray.h>

#include <algorithm>

namespace SyncMapInternal {

// Lives longer than the lock, and shorter than the pin.
template <typename Key, typename T>
class CacheCore<Key, T>::Unlinked
{
public:
    Unlinked(CacheCore &core, Writer &pin) noexcept : m_core(core), m_pin(pin) { }
    Q_DISABLE_COPY_MOVE(Unlinked)
    ~Unlinked()
    {
        while (Node *node = m_first) {
            m_first = static_cast<Node *>(node->next());
            m_core.m_map.retire(m_pin, node);
        }
        if (m_observers)
            tellObservers();
        if (!m_listeners)
            return;
        for (const auto &listener : *m_listeners) {
            QT_TRY
            {
                listener->schedule();
            }
            QT_CATCH(...)
            {
                // No memory for an event: the next removal tries again.
            }
        }
    }

    // For the map's observers. Called under the lock; they are told after it. The node stays, since
    // the pin does.
    void changed(const Node *node, MapChange change) noexcept
    {
        if (!m_observers)
            m_observers = m_core.m_map.observers();
        if (Q_LIKELY(!m_observers))
            return;
        QT_TRY
        {
            m_changes.append({ node, change });
        }
        QT_CATCH(...)
        {
            m_lostChanges = true;
        }
    }

    // Without a listener, or the memory to tell it.
    void retire(Node *node) noexcept
    {
        node->setNext(m_first);
        m_first = node;
    }

    void tell(const std::shared_ptr<const Listeners> &listeners, Node *node)
    {
        m_listeners = listeners;
        std::shared_ptr<const Removed> news;
        QT_TRY
        {
            news = std::make_shared<const Removed>(m_core.shared_from_this(), node);
        }
        QT_CATCH(...)
        {
            for (const auto &listener : *listeners)
                listener->drop();
            retire(node);
            return;
        }
        for (const auto &listener : *listeners) {
            QT_TRY
            {
                listener->add(news, m_dropped);
            }
            QT_CATCH(...)
            {
                listener->drop();
            }
        }
    }

private:
    void tellObservers() noexcept
    {
        for (const Change &change : std::as_const(m_changes))
            m_observers->changed(change.node->key, change.node->hash, change.what);
        if (m_lostChanges)
            m_observers->anyChanged();
    }

    struct Change
    {
        const Node *node;
        MapChange what;
    };

    CacheCore &m_core;
    Writer &m_pin;
    Node *m_first = nullptr;
    const typename Engine::Observers *m_observers = nullptr;
    QVarLengthArray<Change, 4> m_changes;
    bool m_lostChanges = false;
    std::shared_ptr<const Listeners> m_listeners;
    std::vector<std::shared_ptr<const Removed>> m_dropped;
};

template <typename Key, typename T>
void CacheCore<Key, T>::close()
{
    m_map.forObservers([](const auto &observers) { observers.closing(); });
    loads.destroyed();
    std::shared_ptr<const Listeners> listeners;
    std::unique_ptr<Courier> timer;
    {
        const Lock lock(*this);
        listeners.swap(m_listeners);
        timer.swap(m_timer);
    }
    // What was posted already would be told after the end of the cache that it is about.
    if (listeners) {
        for (const auto &listener : *listeners)
            listener->close();
    }
}

// Reads.

template <typename Key, typename T>
bool CacheCore<Key, T>::isAliveWithDeadline(const Entry &entry, qint64 deadline, bool isUse)
{
    // relaxed everywhere: deadlines say nothing of other memory.
    constexpr auto order = std::memory_order_relaxed;
    auto &current = const_cast<std::atomic<qint64> &>(entry.deadline);
    for (;;) {
        if (deadline == Entry::Gone)
            return false;
        if (!hasPassed(deadline)) {
            if (!isUse || !entry.mayIdle)
                return true;
            const qint64 idle = entry.extras->timeToIdle;
            // Rarely: a hit that wrote each time would take the line from other readers.
            const qint64 used = m_clock ? m_clock->now().count() : coarseNow();
            const qint64 later =
                    std::min(entry.extras->latestDeadline.load(order), saturatingAdd(used, idle));
            if (later <= deadline || later - deadline < idle / 16)
                return true;
            if (current.compare_exchange_strong(deadline, later, order))
                return true;
        } else if (!entry.mayIdle
                   || current.compare_exchange_strong(deadline, Entry::Gone, order)) {
            return false;
        }
    }
}

// Making nodes.

template <typename Key, typename T>
qsizetype CacheCore<Key, T>::weigh(const Key &key, const T &value) const
{
    return m_weigher ? m_weigher(key, value) : 1;
}

template <typename Key, typename T>
typename CacheCore<Key, T>::NodePointer
CacheCore<Key, T>::makeNode(quint64 hash, Key &&key, T &&value, std::optional<qsizetype> cost,
                            std::optional<Milliseconds> timeToLive, bool pinned,
                            const QStringList &tags, bool stale)
{
    constexpr auto order = std::memory_order_relaxed; // not published yet
    const qint64 itsCost = cost ? *cost : weigh(key, value);
    Q_ASSERT_X(itsCost >= 0, "SyncCache", "a cost must not be negative");
    Entry entry(std::move(value));
    entry.hash = hash;
    entry.cost = std::max<qint64>(itsCost, 0);
    entry.pinned = pinned;

    const qint64 toLive = timeToLive ? toNanoseconds(*timeToLive) : times.toLive.load(order);
    const qint64 toIdle = times.toIdle.load(order);
    const qint64 toStale = times.toStale.load(order);
    if (toLive != 0 || toIdle != 0 || !tags.isEmpty()) {
        EntryExtras &extras = entry.needExtras();
        extras.timeToLive = toLive;
        extras.timeToIdle = toIdle;
        entry.mayIdle = toIdle != 0;
        extras.tags = tags;
    }
    if (toLive != 0 || toIdle != 0 || toStale != 0)
        entry.begin(now(), toStale);
    if (stale)
        entry.staleAt.store(Entry::Gone, order);
    return m_map.makeNode(hash, std::move(key), std::move(entry));
}

template <typename Key, typename T>
typename CacheCore<Key, T>::NodePointer CacheCore<Key, T>::makeNode(quint64 hash, Key key, T value,
                                                                    const SyncEntryOptions &options)
{
    return makeNode(hash, std::move(key), std::move(value), options.cost, options.timeToLive,
                    options.pinned, options.tags, false);
}

template <typename Key, typename T>
typename CacheCore<Key, T>::NodePointer CacheCore<Key, T>::makeNode(quint64 hash, Key key, T value,
                                                                    const LoadedOptions &options)
{
    return makeNode(hash, std::move(key), std::move(value), options.cost, options.timeToLive, false,
                    options.tags, options.stale);
}

// Writes.

template <typename Key, typename T>
template <typename Wanted>
typename CacheCore<Key, T>::StoreResult
CacheCore<Key, T>::store(Writer &pin, NodePointer fresh, IfPresent ifPresent, Wanted &&wantedLocked)
{
    Unlinked unlinked(*this, pin);
    StoreResult result;
    m_mutex.run([&] { result = storeLocked(pin, fresh, ifPresent, wantedLocked, unlinked); });
    return result;
}

template <typename Key, typename T>
template <typename Wanted>
typename CacheCore<Key, T>::StoreResult
CacheCore<Key, T>::storeLocked(Writer &pin, NodePointer &fresh, IfPresent ifPresent,
                               const Wanted &wantedLocked, Unlinked &unlinked)
{
    Entry &entry = fresh->value.mutableValue();
    if (!wantedLocked())
        return { Outcome::Unwanted, nullptr };
    Position seen = m_map.find(entry.hash, fresh->key);
    if (seen && !isAlive(entryOf(seen.node), false)) {
        unlinkLocked(pin, seen, SyncRemovalCause::Expired, unlinked);
        seen = {};
    }
    Entry *present = seen ? &entryOf(seen.node) : nullptr;
    if (present && ifPresent == IfPresent::Keep)
        return { Outcome::Kept, present };
    if (!fitsLocked(entry, present)) {
        if (seen)
            unlinkLocked(pin, seen, SyncRemovalCause::Replaced, unlinked);
        publishTotalLocked();
        return { Outcome::Refused, present };
    }
    prepareLocked(entry);
    auto undo = qScopeGuard([&] { m_tags.remove(entry); });
    const Node *stored = fresh.get();
    // Nobody else writes to the map meanwhile.
    if (seen)
        m_map.replace(pin, seen, seen.node->value.observe(), fresh);
    else
        m_map.add(pin, fresh);
    undo.dismiss();
    unlinked.changed(stored, MapChange::Written);
    settleLocked(pin, entry, present, unlinked);
    if (seen)
        partLocked(seen.node, SyncRemovalCause::Replaced, unlinked);
    return { Outcome::Stored, present };
}

template <typename Key, typename T>
typename CacheCore<Key, T>::Exchange CacheCore<Key, T>::replace(Writer &pin, const Position &seen,
                                                                NodePointer &fresh)
{
    Unlinked unlinked(*this, pin);
    auto result = Exchange::Missed;
    m_mutex.run([&] { result = replaceLocked(pin, seen, fresh, unlinked); });
    return result;
}

template <typename Key, typename T>
typename CacheCore<Key, T>::Exchange
CacheCore<Key, T>::replaceLocked(Writer &pin, const Position &seen, NodePointer &fresh,
                                 Unlinked &unlinked)
{
    Entry &entry = fresh->value.mutableValue();
    Entry &present = entryOf(seen.node);
    if (!isAlive(present, false)) {
        unlinkLocked(pin, seen, SyncRemovalCause::Expired, unlinked);
        publishTotalLocked();
        return Exchange::Missed;
    }
    if (!fitsLocked(entry, &present)) {
        loads.supersedeLocked(entry.hash, fresh->key);
        if (!unlinkLocked(pin, seen, SyncRemovalCause::Replaced, unlinked))
            return Exchange::Missed;
        publishTotalLocked();
        return Exchange::Refused;
    }
    loads.supersedeLocked(entry.hash, seen.node->key); // first, since == may throw
    prepareLocked(entry);
    auto undo = qScopeGuard([&] { m_tags.remove(entry); });
    if (!m_map.replace(pin, seen, seen.node->value.observe(), fresh))
        return Exchange::Missed;
    undo.dismiss();
    unlinked.changed(seen.node, MapChange::Written); // the old node has the same key
    settleLocked(pin, entry, &present, unlinked);
    partLocked(seen.node, SyncRemovalCause::Replaced, unlinked);
    return Exchange::Done;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::remove(Writer &pin, const Position &seen, SyncRemovalCause cause, News news)
{
    Entry &entry = entryOf(seen.node);
    Unlinked unlinked(*this, pin);
    bool isDone = false;
    m_mutex.run([&] {
        loads.supersedeLocked(entry.hash, seen.node->key); // first, since == may throw
        const bool alive = isAlive(entry, false);
        if (!unlinkLocked(pin, seen, alive ? cause : SyncRemovalCause::Expired, unlinked, news))
            return;
        publishTotalLocked();
        isDone = alive;
    });
    return isDone;
}

template <typename Key, typename T>
void CacheCore<Key, T>::supersede(quint64 hash, const Key &key)
{
    const std::lock_guard lock(m_mutex);
    loads.supersedeLocked(hash, key);
}

template <typename Key, typename T>
bool CacheCore<Key, T>::fitsLocked(const Entry &entry, const Entry *replaced) const noexcept
{
    quint64 pinned = m_pinnedCost;
    if (replaced && replaced->pinned)
        pinned -= quint64(replaced->cost);
    const quint64 most = limit();
    return pinned <= most && quint64(entry.cost) <= most - pinned;
}

// All that may fail for lack of memory.
template <typename Key, typename T>
void CacheCore<Key, T>::prepareLocked(Entry &entry)
{
    if (!entry.extras)
        return;
    if (entry.deadline.load(std::memory_order_relaxed) != Never)
        m_wheel.reserve();
    m_tags.add(entry);
}

// What was hit since.
template <typename Key, typename T>
void CacheCore<Key, T>::tellPolicyLocked(Writer &pin)
{
    const auto tell = [this](quint64 hash) {
        if (const Position hit = m_map.findIf(hash, [](const Node *) { return true; })) {
            Entry &entry = entryOf(hit.node);
            entry.isNoted.store(false, std::memory_order_relaxed); // relaxed: see use()
            m_policy.used(entry);
        }
    };
    if (++m_writes % WritesPerRound == 0)
        m_map.domain().takeNotes(tell);
    else
        static_cast<Slot &>(pin.slot()).takeNotes(tell);
}

// After \a entry came into the map, in place of \a replaced if there was one.
template <typename Key, typename T>
void CacheCore<Key, T>::settleLocked(Writer &pin, Entry &entry, Entry *replaced, Unlinked &unlinked)
{
    tellPolicyLocked(pin);
    m_cost += quint64(entry.cost);
    if (entry.pinned)
        m_pinnedCost += quint64(entry.cost);
    if (replaced && mayBeEvicted(*replaced) && mayBeEvicted(entry)) {
        m_policy.replaced(*replaced, entry);
    } else {
        if (replaced && mayBeEvicted(*replaced))
            m_policy.removed(*replaced);
        if (mayBeEvicted(entry))
            m_policy.added(entry);
    }
    if (replaced)
        forgetLocked(*replaced);
    const qint64 deadline = entry.deadline.load(std::memory_order_relaxed);
    if (deadline != Never)
        m_wheel.schedule(*entry.extras, deadline);
    if (!m_wheel.isEmpty())
        expireLocked(pin, ExpiredPerWrite, unlinked);
    evictLocked(pin, limit(), SyncRemovalCause::Evicted, &entry, unlinked);
    publishTotalLocked();
    armTimerLocked();
}

// Takes the entry out of everything but the policy.
template <typename Key, typename T>
void CacheCore<Key, T>::forgetLocked(Entry &entry) noexcept
{
    m_cost -= quint64(entry.cost);
    if (entry.pinned)
        m_pinnedCost -= quint64(entry.cost);
    if (entry.extras) {
        m_wheel.cancel(*entry.extras);
        m_tags.remove(entry);
    }
}

// The last word on a node that is not in the map any more.
template <typename Key, typename T>
void CacheCore<Key, T>::partLocked(Node *node, SyncRemovalCause cause, Unlinked &unlinked)
{
    entryOf(node).cause = quint8(cause);
    ++m_removals[std::size_t(cause)];
    if (m_listeners)
        unlinked.tell(m_listeners, node);
    else
        unlinked.retire(node);
}

template <typename Key, typename T>
bool CacheCore<Key, T>::unlinkLocked(Writer &pin, const Position &position, SyncRemovalCause cause,
                                     Unlinked &unlinked, News news)
{
    if (!m_map.remove(pin, position))
        return false;
    if (news == News::EachKey)
        unlinked.changed(position.node, changeFor(cause));
    Entry &entry = entryOf(position.node);
    if (mayBeEvicted(entry)) {
        if (cause == SyncRemovalCause::Evicted || cause == SyncRemovalCause::Trimmed)
            m_policy.evicted(entry);
        else
            m_policy.removed(entry);
    }
    forgetLocked(entry);
    partLocked(position.node, cause, unlinked);
    return true;
}

// False if it ended before the limit was reached, because there were too many.
template <typename Key, typename T>
bool CacheCore<Key, T>::evictLocked(Writer &pin, quint64 limit, SyncRemovalCause cause,
                                    const Entry *spared, Unlinked &unlinked, int atMost)
{
    while (m_cost > limit) {
        if (atMost-- <= 0)
            return false;
        EntryHook *victim = m_policy.victim(spared);
        if (!victim)
            return true;
        unlinkLocked(pin, positionOf(*static_cast<EntryBase *>(victim)), cause, unlinked);
    }
    return true;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::expireLocked(Writer &pin, int atMost, Unlinked &unlinked)
{
    const qint64 time = now();
    while (TimerHook *due = m_wheel.takeExpired(time)) {
        auto &entry = static_cast<Entry &>(*static_cast<EntryExtras *>(due)->entry);
        if (isAlive(entry, false)) // was used in time
            m_wheel.schedule(*due, entry.deadline.load(std::memory_order_relaxed));
        else
            unlinkLocked(pin, positionOf(entry), SyncRemovalCause::Expired, unlinked);
        if (--atMost <= 0)
            return false;
    }
    return true;
}

template <typename Key, typename T>
void CacheCore<Key, T>::publishTotalLocked() noexcept
{
    // relaxed: a number for people; written under the lock.
    m_totalCost.store(qint64(m_cost), std::memory_order_relaxed);
}

template <typename Key, typename T>
void CacheCore<Key, T>::expire()
{
    for (bool isDone = false; !isDone;) {
        Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
        Unlinked unlinked(*this, pin);
        const std::lock_guard lock(m_mutex);
        m_timerDue = Never;
        isDone = expireLocked(pin, SliceSize, unlinked);
        publishTotalLocked();
        if (isDone)
            armTimerLocked();
    }
}

// One coarse timer in the application's thread, none while nothing can expire. With a clock of the
// user's own, time passes when that clock says so.
template <typename Key, typename T>
void CacheCore<Key, T>::armTimerLocked()
{
    using namespace std::chrono;
    // Often enough to free memory, too seldom to be noticed.
    constexpr qint64 shortest = nanoseconds(milliseconds(250)).count();
    constexpr qint64 longest = nanoseconds(hours(1)).count();
    if (Q_LIKELY(m_wheel.isEmpty()) || m_clock)
        return;
    const qint64 due = m_wheel.nextDue();
    if (m_timerDue != Never && due >= m_timerDue - shortest)
        return;
    QCoreApplication *application = QCoreApplication::instance();
    if (!application || QCoreApplication::closingDown())
        return;
    QT_TRY
    {
        if (!m_timer || !m_timer->isOpen())
            m_timer = std::make_unique<Courier>(application);
        const qint64 wait = std::clamp(saturatingSubtract(due, now()), shortest, longest);
        const std::weak_ptr<CacheCore> weak = this->weak_from_this();
        const bool isPosted = m_timer->postAfter(ceil<milliseconds>(nanoseconds(wait)), [weak] {
            if (const auto self = weak.lock())
                self->expire();
        });
        if (isPosted)
            m_timerDue = saturatingAdd(now(), wait);
    }
    QT_CATCH(...)
    {
        // No memory for an event: the next write tries again.
    }
}

template <typename Key, typename T>
void CacheCore<Key, T>::clear()
{
    {
        const std::lock_guard lock(m_mutex);
        loads.supersedeAllLocked();
    }
    m_map.template forEach<Reader>([this](const Reader &, const Position &position) {
        Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
        remove(pin, position, SyncRemovalCause::Explicit, News::ToldByCaller);
        return true;
    });
    m_map.forObservers([](const auto &observers) { observers.cleared(); });
    m_map.domain().collect();
}

template <typename Key, typename T>
qsizetype CacheCore<Key, T>::removeByTag(const QString &tag)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    Unlinked unlinked(*this, pin);
    const std::lock_guard lock(m_mutex);
    loads.removeTagLocked(tag);
    const TagIndex::Entries entries = m_tags.take(tag);
    qsizetype removed = 0;
    for (EntryBase *base : entries) {
        Entry &entry = static_cast<Entry &>(*base);
        const Position position = positionOf(entry);
        const bool alive = isAlive(entry, false);
        const auto cause = alive ? SyncRemovalCause::Invalidated : SyncRemovalCause::Expired;
        if (unlinkLocked(pin, position, cause, unlinked)) {
            loads.supersedeLocked(entry.hash, position.node->key);
            removed += alive;
        }
    }
    publishTotalLocked();
    return removed;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::invalidate(quint64 hash, const Key &key)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    Unlinked unlinked(*this, pin);
    const std::lock_guard lock(m_mutex);
    loads.supersedeLocked(hash, key);
    const Position seen = m_map.find(hash, key);
    if (!seen || !isAlive(entryOf(seen.node), false))
        return false;
    // relaxed: as all deadlines.
    entryOf(seen.node).staleAt.store(Entry::Gone, std::memory_order_relaxed);
    unlinked.changed(seen.node, MapChange::Written);
    return true;
}

template <typename Key, typename T>
void CacheCore<Key, T>::invalidateAll()
{
    {
        const std::lock_guard lock(m_mutex);
        loads.supersedeAllLocked();
    }
    m_map.template forEach<Reader>([](const Reader &, const Position &position) {
        entryOf(position.node).staleAt.store(Entry::Gone, std::memory_order_relaxed);
        return true;
    });
    m_map.forObservers([](const auto &observers) { observers.anyChanged(); });
}

template <typename Key, typename T>
void CacheCore<Key, T>::evictInSlices(quint64 limit, SyncRemovalCause cause)
{
    for (bool isDone = false; !isDone;) {
        Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
        Unlinked unlinked(*this, pin);
        const std::lock_guard lock(m_mutex);
        isDone = evictLocked(pin, limit, cause, nullptr, unlinked, SliceSize);
        publishTotalLocked();
    }
}

template <typename Key, typename T>
void CacheCore<Key, T>::trim(SyncTrimLevel level)
{
    expire();
    const quint64 bound = limit();
    switch (level) {
    case SyncTrimLevel::Expired:
        break;
    case SyncTrimLevel::Light:
        evictInSlices(bound - bound / 4, SyncRemovalCause::Trimmed);
        break;
    case SyncTrimLevel::Moderate:
        evictInSlices(bound / 2, SyncRemovalCause::Trimmed);
        break;
    case SyncTrimLevel::Complete:
        m_map.template forEach<Reader>([this](const Reader &, const Position &position) {
            if (!entryOf(position.node).pinned) {
                Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
                Unlinked unlinked(*this, pin);
                const std::lock_guard lock(m_mutex);
                unlinkLocked(pin, position, SyncRemovalCause::Trimmed, unlinked);
                publishTotalLocked();
            }
            return true;
        });
        break;
    }
    m_map.domain().collect();
}

template <typename Key, typename T>
void CacheCore<Key, T>::setMaxCost(qsizetype maxCost)
{
    {
        const std::lock_guard lock(m_mutex);
        m_maxCost.store(maxCost, std::memory_order_relaxed);
        m_policy.setCapacity(maxCost);
    }
    evictInSlices(limit(), SyncRemovalCause::Evicted);
}

// Loads.

template <typename Key, typename T>
template <typename Wanted>
bool CacheCore<Key, T>::storeLoaded(const Key &key, quint64 hash, const T &value,
                                    const LoadedOptions &options, Wanted &&wantedLocked)
{
    NodePointer fresh = makeNode(hash, key, value, options);
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    const auto outcome =
            store(pin, std::move(fresh), IfPresent::Replace, std::forward<Wanted>(wantedLocked))
                    .outcome;
    if (outcome == Outcome::Refused)
        countRefused();
    return outcome == Outcome::Stored;
}

template <typename Key, typename T>
template <typename Wanted>
void CacheCore<Key, T>::removeAbsent(const Key &key, quint64 hash, Wanted &&wantedLocked)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    Unlinked unlinked(*this, pin);
    const std::lock_guard lock(m_mutex);
    if (!wantedLocked())
        return;
    if (const Position seen = m_map.find(hash, key))
        unlinkLocked(pin, seen, SyncRemovalCause::Invalidated, unlinked);
    publishTotalLocked();
}

template <typename Key, typename T>
template <typename Wanted>
std::optional<T> CacheCore<Key, T>::renew(const Key &key, quint64 hash, Wanted &&wantedLocked)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    const Entry *found = nullptr;
    {
        Unlinked unlinked(*this, pin);
        const std::lock_guard lock(m_mutex);
        const Position seen = m_map.find(hash, key);
        if (seen && isAlive(entryOf(seen.node), false))
            found = &entryOf(seen.node);
        if (found && wantedLocked()) {
            Entry &entry = entryOf(seen.node);
            if (!entry.begin(now(), times.toStale.load(std::memory_order_relaxed)))
                found = nullptr; // a reader has just seen it expire
            else if (entry.deadline.load(std::memory_order_relaxed) != Never)
                m_wheel.schedule(*entry.extras, entry.deadline.load(std::memory_order_relaxed));
            unlinked.changed(seen.node, MapChange::Written);
        }
    }
    return found ? std::optional<T>(found->value) : std::nullopt;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::insert(const Key &key, const T &value, const SyncEntryOptions &options)
{
    const quint64 hash = hashOf(key);
    NodePointer fresh = makeNode(hash, key, value, options);
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    const auto wins = [&] {
        loads.supersedeLocked(hash, key);
        return true;
    };
    const Outcome outcome = store(pin, std::move(fresh), IfPresent::Replace, wins).outcome;
    if (outcome == Outcome::Refused)
        countRefused();
    return outcome == Outcome::Stored;
}

template <typename Key, typename T>
qint64 CacheCore<Key, T>::now() const
{
    return m_clock ? m_clock->now().count() : exactNow();
}

// News and numbers.

template <typename Key, typename T>
std::shared_ptr<Courier> CacheCore<Key, T>::addListener(QObject *context,
                                                        typename Listener::Function function)
{
    auto listener = std::make_shared<Listener>(context, std::move(function));
    std::shared_ptr<const Listeners> old; // outlives the lock
    for (;;) {
        {
            const std::lock_guard lock(m_mutex);
            old = m_listeners;
        }
        auto listeners = std::make_shared<Listeners>();
        if (old) {
            for (const auto &other : *old) {
                if (other->isOpen())
                    listeners->push_back(other);
            }
        }
        listeners->push_back(listener);
        const std::lock_guard lock(m_mutex);
        if (m_listeners == old) {
            m_listeners = std::move(listeners);
            return listener->courier();
        }
    }
}

template <typename Key, typename T>
SyncCacheStatistics CacheCore<Key, T>::statistics() const
{
    SyncCacheStatistics result;
    const auto reads = m_map.domain().reads();
    result.hits = reads.hits;
    result.misses = reads.misses;
    result.refused = m_refused.load(std::memory_order_relaxed);
    const auto loading = loads.statistics();
    result.loads = loading.loads;
    result.coalescedLoads = loading.coalesced;
    result.loadFailures = loading.loadFailures;
    result.canceledLoads = loading.canceledLoads;
    result.loadsInFlight = quint64(loading.inFlight);
    result.loadTime = loading.loadTime;
    result.map = statisticsOf(m_map);
    std::shared_ptr<const Listeners> listeners;
    {
        const std::lock_guard lock(m_mutex);
        result.evictions = m_removals;
        result.policyBytes = m_policy.metadataBytes();
        listeners = m_listeners;
    }
    if (listeners) {
        for (const auto &listener : *listeners) {
            const auto backlog = listener->backlog();
            result.pendingRemovals += backlog.count;
            result.pendingRemovalBytes += backlog.bytes;
            result.droppedRemovals += backlog.dropped;
        }
    }
    return result;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::isConsistent()
{
    quint64 cost = 0;
    quint64 pinned = 0;
    qint64 evictable = 0;
    m_map.template forEach<Reader>([&](const Reader &, const Position &position) {
        const Entry &entry = entryOf(position.node);
        cost += quint64(entry.cost);
        if (entry.pinned)
            pinned += quint64(entry.cost);
        evictable += mayBeEvicted(entry);
        return true;
    });
    const std::lock_guard lock(m_mutex);
    return cost == m_cost && pinned == m_pinnedCost && evictable == m_policy.count()
            && cost - pinned == m_policy.cost() && m_cost <= std::max(limit(), m_pinnedCost)
            && qint64(m_cost) == totalCost() && m_policy.isConsistent() && m_wheel.isConsistent();
}

} // namespace SyncMapInternal
