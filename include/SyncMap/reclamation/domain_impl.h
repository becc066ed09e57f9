// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/domain.h>

#include <algorithm>
#include <mutex>

namespace SyncMapInternal {

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
    }
    destroyAll(all);
    return !all.isEmpty();
}

template <typename Traits>
void Domain<Traits>::retire(Slot &slot, Retired *object, unsigned kind, quint64 bytes) noexcept
{
    Traits::testPoint(TestPoint::Unlinked);
    object->setKind(kind);
    // Capped, so that a few giants do not run the 32-bit difference over; one makes the slot due.
    const quint32 size = quint32(std::min<quint64>(bytes, 64 * Traits::batchBytes));
    slot.retiredObjects.store(slot.retiredObjects.load(std::memory_order_relaxed) + 1,
                              std::memory_order_relaxed);
    slot.retiredBytes.store(slot.retiredBytes.load(std::memory_order_relaxed) + size,
                            std::memory_order_relaxed);
    Retired *head = slot.limbo.load(std::memory_order_relaxed);
    do {
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
    if (slot.freeing)
        return;
    slot.freeing = true;
    bool freed = true;
    while (freed && slot.isDue()) {
        const RetiredList free = collectFreeable(&slot);
        freed = !free.isEmpty();
        destroyAll(free);
    }
    slot.freeing = false;
}

template <typename Traits>
bool Domain<Traits>::collect()
{
    Slot &own = slot();
    if (own.freeing)
        return false;
    own.freeing = true;
    // Another round only for what this thread's destructors retired: other threads may go on
    // writing for ever.
    quint32 retired = 0;
    do {
        retired = own.retiredObjects.load(std::memory_order_relaxed);
        destroyAll(collectFreeable(nullptr));
    } while (retired != own.retiredObjects.load(std::memory_order_relaxed));
    own.freeing = false;
    Slot::giveBack(own);
    return statistics().objects == 0;
}

// Takes what \a slot holds, or all slots, and returns what can be destroyed. Of a single slot it
// leaves the work to whoever is collecting at this moment.
template <typename Traits>
RetiredList Domain<Traits>::collectFreeable(Slot *slot)
{
    std::unique_lock lock(m_collector, std::defer_lock);
    if (!slot)
        lock.lock();
    else if (!lock.try_lock())
        return {};
    RetiredList fresh;
    if (slot) {
        fresh = takeLocked(*slot);
    } else {
        // [slot-list] acquire: the slots that are in the list are whole.
        for (Slot *each = m_slots.load(std::memory_order_acquire); each; each = each->next) {
            RetiredList limbo = takeLocked(*each);
            fresh.prepend(limbo);
        }
    }
    bool fenced = true;
    const RetiredList free = advanceLocked(fresh, fenced);
    lock.unlock();
    // After the lock: the application's message handler may use the map.
    if (Q_UNLIKELY(!fenced))
        warnHeavyFenceFailed();
    return free;
}

template <typename Traits>
RetiredList Domain<Traits>::takeLocked(Slot &slot) noexcept
{
    // relaxed: the owner's total, which it may be about to raise; what is missed now is taken next
    // time.
    const quint32 bytes = slot.retiredBytes.load(std::memory_order_relaxed);
    // [limbo] acquire: pairs with retire(); the objects were unlinked before the epoch that is
    // going to be their tag.
    const RetiredList list(slot.limbo.exchange(nullptr, std::memory_order_acquire),
                           bytes - slot.takenBytes.load(std::memory_order_relaxed));
    slot.takenObjects.store(slot.takenObjects.load(std::memory_order_relaxed)
                                    + quint32(list.objects),
                            std::memory_order_relaxed);
    slot.takenBytes.store(bytes, std::memory_order_relaxed);
    return list;
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
    fenced = Traits::heavyFence(m_mode);
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
            oldest = std::min(oldest, pinned);
    }
    return oldest;
}

// The pin that holds something back is recognised by its epoch: a guard that begins after a scan
// pins that scan's tag or a later one. So if two scans see the same smallest pin, a guard was open
// from the first to the second.
template <typename Traits>
void Domain<Traits>::noteOldestPinLocked(quint64 oldest) noexcept
{
    if (oldest != 0 && oldest != m_oldestPin)
        m_oldestPinSince = std::chrono::steady_clock::now();
    m_oldestPin = oldest;
}

template <typename Traits>
qint64 Domain<Traits>::size() const noexcept
{
    qint64 sum = 0;
    // [slot-list] acquire: the slots that are in the list are whole.
    for (Slot *slot = m_slots.load(std::memory_order_acquire); slot; slot = slot->next)
        sum += slot->sizeDelta.load(std::memory_order_relaxed);
    return sum;
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

template <typename Traits>
typename Domain<Traits>::Statistics Domain<Traits>::statistics() const
{
    const std::lock_guard lock(m_collector);
    Statistics result;
    result.objects = m_old.list.objects + m_young.list.objects;
    result.bytes = m_old.list.bytes + m_young.list.bytes;
    // [slot-list] acquire: the slots that are in the list are whole.
    for (Slot *slot = m_slots.load(std::memory_order_acquire); slot; slot = slot->next) {
        // relaxed: a count for people. Modulo 2^32, so that it is right also when one of the totals
        // has wrapped.
        result.objects += slot->retiredObjects.load(std::memory_order_relaxed)
                - slot->takenObjects.load(std::memory_order_relaxed);
        result.bytes += slot->retiredBytes.load(std::memory_order_relaxed)
                - slot->takenBytes.load(std::memory_order_relaxed);
    }
    if (m_oldestPin != 0 && oldestPin() == m_oldestPin)
        result.oldestGuard = std::chrono::steady_clock::now() - m_oldestPinSince;
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
    return slot;
}

template <typename Traits>
void Domain<Traits>::destroyAll(RetiredList list)
{
    Retired *object = list.head;
    while (object) {
        Retired *next = object->next();
        m_destroy(object, object->kind());
        object = next;
    }
}

} // namespace SyncMapInternal
