// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/domain.h>

#include <algorithm>
#include <mutex>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename Traits>
Domain<Traits>::~Domain()
{
    const bool pinned = isPinned();
    Q_ASSERT_X(!pinned, "SyncMap",
               "a map may be destroyed only when no guard of it is open: end every guard first");
    if (!pinned)
        while (drain()) {
        }
    Slot *slot = m_slots.load(std::memory_order_relaxed);
    while (slot) {
        Slot *next = slot->next;
        Slot::letGo(slot, Slot::HeldByDomain);
        slot = next;
    }
}

inline qint64 steadyNanoseconds() noexcept
{
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <typename Traits>
bool Domain<Traits>::drain()
{
    RetiredList all;
    {
        const std::lock_guard lock(m_collector);
        all.prepend(m_old.list);
        all.prepend(m_young.list);
        for (Slot *slot = m_slots.load(std::memory_order_relaxed); slot; slot = slot->next) {
            RetiredList limbo = takeLocked(*slot);
            all.prepend(limbo);
        }
        noteWaitingLocked();
    }
    destroyEach(all);
    return !all.isEmpty();
}

template <typename Traits>
void Domain<Traits>::retire(Slot &slot, Retired *object, unsigned kind, quint64 bytes,
                            quint32 unknowns) noexcept
{
    Traits::testPoint(TestPoint::Unlinked);
    object->setKind(kind);
    // relaxed: a heuristic. Whoever makes the batch of all threads full has one.
    if (Q_UNLIKELY(unknowns != 0)
        && m_unknowns.fetch_add(unknowns, std::memory_order_relaxed) + unknowns
                >= LimboLoad::mostUnknowns<Traits>)
        unknowns = qMax(unknowns, LimboLoad::mostUnknowns<Traits>);
    Retired *head = slot.limbo.load(std::memory_order_relaxed);
    do {
        // relaxed: own. Before the object can be taken, so that it is not counted as left behind.
        const LimboLoad before(head ? slot.load.load(std::memory_order_relaxed) : 0);
        slot.load.store(before.with(bytes, unknowns).word(), std::memory_order_relaxed);
        object->setNext(head);
        // [limbo] release: the collector that takes the object also sees that it was unlinked.
    } while (!slot.limbo.compare_exchange_weak(head, object, std::memory_order_release,
                                               std::memory_order_relaxed));
}

template <typename Traits>
void Domain<Traits>::collectFrom(Slot &slot)
{
    // A destructor that retires leaves it to the loop below, which would otherwise nest as deep as
    // a chain of owners.
    if (slot.collecting != Collecting::Now) {
        slot.collecting = Collecting::Owed;
        return;
    }
    slot.collecting = Collecting::Later;
    bool freed = false;
    quint32 patience = slot.depth == 0 ? Traits::patience : 0;
    do {
        freed = destroyAll(collectFreeable(&slot));
        // Large objects wait for a guard. Whoever has it may not be running, while this thread
        // retires more of them: let it run, a few times, and look again.
        // relaxed: a heuristic.
        if (patience != 0
            && m_waitingWeight.load(std::memory_order_relaxed) >= 2 * Traits::batchBytes) {
            --patience;
            Traits::yield();
            freed = true;
        } else {
            freed = freed && slot.isDue();
        }
    } while (freed);
    slot.collecting = Collecting::Now;
}

template <typename Traits>
bool Domain<Traits>::collect()
{
    Slot &own = slot();
    if (own.collecting != Collecting::Now) {
        own.collecting = Collecting::Owed;
        return false;
    }
    own.collecting = Collecting::Later;
    // Another round only for what this thread's destructors retired: other threads may go on
    // writing for ever.
    do {
        destroyAll(collectFreeable(nullptr));
        // relaxed: own.
    } while (own.limbo.load(std::memory_order_relaxed));
    own.collecting = Collecting::Now;
    Slot::giveBack(own);
    // [destroyed] acquire: what others had taken before is destroyed, and whoever is told so sees it.
    return statistics().objects == 0 && m_destroying.load(std::memory_order_acquire) == 0;
}

// Takes what \a slot holds, and all full batches, or else what all slots hold, and returns what can
// be destroyed. If it is for a slot, it leaves the work to whoever is collecting at this moment.
template <typename Traits>
RetiredList Domain<Traits>::collectFreeable(Slot *slot)
{
    std::unique_lock lock(m_collector, std::defer_lock);
    RetiredList free;
    bool fenced = true;
    do {
        if (!slot)
            lock.lock();
        else if (!tryLockOrAsk(lock))
            break;
        RetiredList fresh;
        // relaxed: a heuristic. Whoever has made that batch full may have been overtaken.
        const bool takesUnknowns = !slot
                || m_unknowns.load(std::memory_order_relaxed) >= LimboLoad::mostUnknowns<Traits>;
        if (takesUnknowns)
            m_unknowns.store(0, std::memory_order_relaxed); // relaxed: a heuristic
        // [slot-list] acquire: the slots that are in the list are whole.
        for (Slot *each = m_slots.load(std::memory_order_acquire); each; each = each->next) {
            if (!slot || each == slot || each->isDue()
                || (takesUnknowns && each->limboLoad().unknowns() != 0)) {
                RetiredList limbo = takeLocked(*each);
                fresh.prepend(limbo);
            }
        }
        RetiredList more = advanceLocked(fresh, fenced);
        if (free.isEmpty() && !more.isEmpty())
            m_destroying.fetch_add(1, std::memory_order_relaxed); // relaxed: under the lock
        free.prepend(more);
        noteWaitingLocked();
        lock.unlock();
        // [asked] acq_rel: see tryLockOrAsk().
    } while (m_isAsked.exchange(false, std::memory_order_acq_rel));
    // After the lock: the application's message handler may use the map.
    if (Q_UNLIKELY(!fenced))
        warnHeavyFenceFailed();
    return free;
}

// False if somebody else has the lock, and is going to look for full batches again once he has left
// it. Both sides exchange the flag. If this one comes first, the other one sees it. If not, then the
// other one left the lock before that exchange, of which this one knows: the second
// attempt fails only if a third one has the lock by now, for whom the same holds.
template <typename Traits>
template <typename Lock>
bool Domain<Traits>::tryLockOrAsk(Lock &lock) noexcept
{
    if (lock.try_lock())
        return true;
    Traits::testPoint(TestPoint::CollectorBusy);
    // [asked] acq_rel: whichever comes second knows what the other one did before.
    m_isAsked.exchange(true, std::memory_order_acq_rel);
    return lock.try_lock();
}

// Whether what waits makes a batch, and the guard that it waited for at the last scan has ended:
// perhaps a reader's, who leaves it to whoever writes next.
template <typename Traits>
bool Domain<Traits>::mayFreeMuch(quint64 oldest) const noexcept
{
    // relaxed: a heuristic.
    return m_waitingWeight.load(std::memory_order_relaxed) >= Traits::batchBytes
            && oldestPin() != oldest;
}

template <typename Traits>
void Domain<Traits>::noteWaitingLocked() noexcept
{
    // relaxed: for statistics.
    m_waitingObjects.store(m_old.list.objects + m_young.list.objects, std::memory_order_relaxed);
    m_waitingBytes.store(m_old.list.bytes + m_young.list.bytes, std::memory_order_relaxed);
    m_waitingWeight.store(m_old.list.weight + m_young.list.weight, std::memory_order_relaxed);
}

// Whether the collecting thread's slot is the only one there ever was: then there is nobody else whose
// loads would have to be kept behind the unlinking. A thread that registers at this
// moment has its own fence after it has entered its slot: if the slot is not seen here, the fence here
// came first, and what that thread loads is what was left after the unlinking.
template <typename Traits>
bool Domain<Traits>::isAlone() const noexcept
{
    fullFence();
    // [slot-list] acquire: the slot is whole.
    const Slot *slot = m_slots.load(std::memory_order_acquire);
    return slot && !slot->next;
}

template <typename Traits>
RetiredList Domain<Traits>::takeLocked(Slot &slot) noexcept
{
    const LimboLoad load = slot.limboLoad();
    // [limbo] acquire: pairs with retire(); the objects were unlinked before the epoch that is
    // going to be their tag.
    return RetiredList(slot.limbo.exchange(nullptr, std::memory_order_acquire), load.bytes(),
                       load.template weight<Traits>());
}

// Gives \a fresh a tag and returns what nobody can be looking at any more, from it and from what
// waited.
template <typename Traits>
RetiredList Domain<Traits>::advanceLocked(RetiredList &fresh, bool &fenced) noexcept
{
    if (fresh.isEmpty() && m_old.list.isEmpty() && m_young.list.isEmpty())
        return {};
    // [epoch] release: who loads this epoch or a later one sees everything unlinked that is in
    // fresh, and, since all collectors hold the lock, all that had an earlier tag.
    const quint64 tag = m_epoch.fetch_add(1, std::memory_order_release) + 1;
    fenced = (m_mode == FenceMode::Asymmetric && isAlone()) || Traits::heavyFence(m_mode);
    if (Q_UNLIKELY(!fenced)) {
        m_young.list.prepend(fresh);
        m_young.tag = tag;
        return {};
    }
    Traits::testPoint(TestPoint::Scanning);
    const quint64 oldest = oldestPin();
    noteOldestPinLocked(oldest < tag ? oldest : 0);

    RetiredList free;
    if (oldest >= m_old.tag) {
        free = m_old.list;
        m_old = m_young;
        m_young = Waiting();
        if (oldest >= m_old.tag) {
            free.prepend(m_old.list);
            m_old = Waiting();
        }
    }
    if (oldest >= tag) {
        free.prepend(fresh);
        return free;
    }
    Waiting &waiting = m_old.list.isEmpty() ? m_old : m_young;
    waiting.list.prepend(fresh);
    waiting.tag = tag;
    return free;
}

template <typename Traits>
quint64 Domain<Traits>::oldestPin() const noexcept
{
    quint64 oldest = NoPin;
    // [slot-list] acquire: the slots that are in the list are whole.
    for (Slot *slot = m_slots.load(std::memory_order_acquire); slot; slot = slot->next) {
        // [pin] acquire: earlier guards of that thread are over. [leave] acquire: so is the last
        // one, if this reads 0. Read once: a second look could see a later guard, and take its pin
        // for the first one's.
        const quint64 pinned = slot->pinned.load(std::memory_order_acquire);
        if (pinned != 0)
            oldest = qMin(oldest, pinned);
    }
    return oldest;
}

// The pin that holds something back is recognised by its epoch: a guard that begins after a scan
// pins that scan's tag or a later one. So if two scans see the same smallest pin, a guard was open
// from the first to the second.
template <typename Traits>
void Domain<Traits>::noteOldestPinLocked(quint64 oldest) noexcept
{
    // relaxed: written under this lock, read for statistics, and as a heuristic.
    if (oldest != 0 && oldest != m_oldestPin.load(std::memory_order_relaxed))
        m_oldestPinSince.store(steadyNanoseconds(), std::memory_order_relaxed);
    m_oldestPin.store(oldest, std::memory_order_relaxed);
}

template <typename Traits>
typename Domain<Traits>::Counts Domain<Traits>::counts() const noexcept
{
    Counts sum;
    // [slot-list] acquire: the slots that are in the list are whole.
    for (Slot *slot = m_slots.load(std::memory_order_acquire); slot; slot = slot->next) {
        // [count] acquire: pairs with ThreadSlot::count().
        sum.removed += slot->removed.load(std::memory_order_acquire);
        sum.inserted += slot->inserted.load(std::memory_order_acquire);
        Traits::testPoint(TestPoint::Counted);
    }
    return sum;
}

// Counters that only rise, and that are the same in two passes, had these values all at once, from
// the end of the first pass to the beginning of the second; and by [count], what came before
// something that was counted was counted, too.
template <typename Traits>
typename Domain<Traits>::Size Domain<Traits>::size() const noexcept
{
    Counts before = counts();
    for (int i = 0; i < 8; ++i) {
        const Counts after = counts();
        if (before.inserted == after.inserted && before.removed == after.removed)
            return { after.inserted - after.removed, true };
        before = after;
    }
    return { before.inserted - before.removed, false };
}

template <typename Traits>
typename Domain<Traits>::Reads Domain<Traits>::reads() const noexcept
{
    Reads sum;
    if (!m_counting)
        return sum;
    // [slot-list] acquire: the slots that are in the list are whole.
    for (Slot *slot = m_slots.load(std::memory_order_acquire); slot; slot = slot->next) {
        const auto *counting = static_cast<const CountingSlot<Traits> *>(slot);
        sum.hits += counting->hits.load(std::memory_order_relaxed);
        sum.misses += counting->misses.load(std::memory_order_relaxed);
    }
    return sum;
}

template <typename Traits>
template <typename Take>
void Domain<Traits>::takeNotes(Take &&take)
{
    // [slot-list] acquire: the slots that are in the list are whole.
    for (Slot *slot = m_slots.load(std::memory_order_acquire); slot; slot = slot->next)
        static_cast<CountingSlot<Traits> *>(slot)->takeNotes(take);
}

// Takes no lock: a collector that finds it taken leaves its batch to whoever has it.
template <typename Traits>
typename Domain<Traits>::Statistics Domain<Traits>::statistics() const noexcept
{
    // relaxed: counts for people.
    constexpr auto order = std::memory_order_relaxed;
    Statistics result;
    result.objects = m_waitingObjects.load(order);
    result.bytes = m_waitingBytes.load(order);
    // [slot-list] acquire: the slots that are in the list are whole.
    for (Slot *slot = m_slots.load(std::memory_order_acquire); slot; slot = slot->next) {
        const LimboLoad load = slot->limboLoad();
        result.objects += load.objects();
        result.bytes += load.bytes();
    }
    const quint64 pin = m_oldestPin.load(order);
    if (pin != 0 && oldestPin() == pin)
        result.oldestGuard =
                std::chrono::nanoseconds(steadyNanoseconds() - m_oldestPinSince.load(order));
    return result;
}

template <typename Traits>
typename Domain<Traits>::Slot *Domain<Traits>::claimSlot(const void *owner)
{
    // [slot-list] acquire: pairs with the push below; the list beyond the head is whole, too.
    Slot *head = m_slots.load(std::memory_order_acquire);
    for (Slot *slot = head; slot; slot = slot->next) {
        quint8 holders = Slot::HeldByDomain;
        // [slot-holders] acquire: pairs with letGo() of the thread that had the slot before.
        if (slot->holders.load(std::memory_order_relaxed) == holders
            && slot->holders.compare_exchange_strong(
                    holders, Slot::HeldByDomain | Slot::HeldByThread, std::memory_order_acquire,
                    std::memory_order_relaxed)) {
            slot->owner.store(owner, std::memory_order_relaxed);
            return slot;
        }
    }
    Slot *slot = Slot::create(m_counting);
    slot->owner.store(owner, std::memory_order_relaxed);
    slot->next = head;
    // [slot-list] release: whoever finds the slot finds it initialised.
    while (!m_slots.compare_exchange_weak(slot->next, slot, std::memory_order_release,
                                          std::memory_order_acquire)) {
    }
    fullFence(); // see isAlone()
    return slot;
}

template <typename Traits>
void Domain<Traits>::destroyEach(const RetiredList &list)
{
    Retired *object = list.head;
    while (object) {
        Retired *next = object->next();
        m_destroy(object, object->kind());
        object = next;
    }
}

// Of what collectFreeable() gave; true if there was something.
template <typename Traits>
bool Domain<Traits>::destroyAll(RetiredList list)
{
    if (list.isEmpty())
        return false;
    destroyEach(list);
    // [destroyed] release: pairs with collect().
    m_destroying.fetch_add(quint32(-1), std::memory_order_release);
    return true;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
