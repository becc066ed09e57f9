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
    Slot *slot = m_slots.load(std::memory_order_relaxed);
    if (!pinned) {
        RetiredList all;
        {
            const std::lock_guard lock(m_collector);
            all = m_old.list;
            all.prepend(m_young.list);
            for (Slot *each = slot; each; each = each->next) {
                RetiredList limbo = takeLocked(*each);
                all.prepend(limbo);
            }
        }
        destroyAll(all);
    }
    while (slot) {
        Slot *next = slot->next;
        Slot::letGo(slot, Slot::HeldByDomain);
        slot = next;
    }
}

template <typename Traits>
void Domain<Traits>::retire(Slot &slot, Retired *object, unsigned kind, quint64 bytes) noexcept
{
    Traits::testPoint(TestPoint::Unlinked);
    object->setKind(kind);
    // Counted before it is pushed: a collector that takes it between the two leaves the totals
    // right in the end. Capped, so that a few giants do not run the 32-bit difference over; they
    // make the slot due all the same.
    const quint32 size = quint32(std::min<quint64>(bytes, 1U << 30));
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
    while (freed && slot.isDue() && m_collector.try_lock()) {
        RetiredList fresh = takeLocked(slot);
        const RetiredList free = advanceLocked(fresh);
        m_collector.unlock();
        freed = !free.isEmpty();
        destroyAll(free);
    }
    slot.freeing = false;
}

template <typename Traits>
bool Domain<Traits>::collect()
{
    for (;;) {
        RetiredList fresh;
        RetiredList free;
        {
            const std::lock_guard lock(m_collector);
            // [slot-list] acquire: the slots that are in the list are whole.
            for (Slot *slot = m_slots.load(std::memory_order_acquire); slot; slot = slot->next) {
                RetiredList limbo = takeLocked(*slot);
                fresh.prepend(limbo);
            }
            free = advanceLocked(fresh);
        }
        if (free.isEmpty())
            return !hasRetired();
        destroyAll(free); // may retire more
    }
}

template <typename Traits>
RetiredList Domain<Traits>::takeLocked(Slot &slot) noexcept
{
    RetiredList list;
    // relaxed: the owner's totals, which it may be about to raise; what is missed now is counted
    // next time.
    const quint32 objects = slot.retiredObjects.load(std::memory_order_relaxed);
    const quint32 bytes = slot.retiredBytes.load(std::memory_order_relaxed);
    // [limbo] acquire: pairs with retire(); the objects were unlinked before the epoch that is
    // going to be their tag.
    list.head = slot.limbo.exchange(nullptr, std::memory_order_acquire);
    list.objects = objects - slot.takenObjects.load(std::memory_order_relaxed);
    list.bytes = bytes - slot.takenBytes.load(std::memory_order_relaxed);
    slot.takenObjects.store(objects, std::memory_order_relaxed);
    slot.takenBytes.store(bytes, std::memory_order_relaxed);
    return list;
}

// Gives \a fresh a tag and returns what nobody can be looking at any more, from it and from what
// waited.
template <typename Traits>
RetiredList Domain<Traits>::advanceLocked(RetiredList &fresh) noexcept
{
    if (fresh.isEmpty() && m_old.list.isEmpty())
        return fresh;
    // [epoch] release: who loads this epoch or a later one sees everything unlinked that is in
    // fresh, and all that had an earlier tag. acquire: so does this thread, of earlier tags that
    // other threads gave.
    const quint64 tag = m_epoch.fetch_add(1, std::memory_order_acq_rel) + 1;
    if (Q_UNLIKELY(!Traits::heavyFence(m_mode))) {
        warnHeavyFenceFailed();
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
bool Domain<Traits>::hasRetired() const
{
    return statistics().objects != 0;
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
    Slot *slot = new Slot;
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
