// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/domain.h>
#include <SyncMap/private/reclamation/threadcache.h>

#include <thread>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The guards that the engine takes for the length of one call. They live on the stack of one
// thread.
template <typename Traits>
class ReadPin
{
public:
    using Slot = ThreadSlot<Traits>;

    explicit ReadPin(Domain<Traits> &domain) : ReadPin(domain, domain.slot()) { }
    Q_DISABLE_COPY_MOVE(ReadPin)
    ~ReadPin()
    {
        m_domain.unpin(m_slot);
        Slot::giveBack(m_slot);
    }

    Slot &slot() const noexcept { return m_slot; }

private:
    ReadPin(Domain<Traits> &domain, Slot &slot) noexcept : m_domain(domain), m_slot(slot)
    {
        m_domain.pin(m_slot);
    }

    Domain<Traits> &m_domain;
    Slot &m_slot;
};

// A pin that retires. Collects after it has unpinned, so that it does not hold back what it retired
// itself.
template <typename Traits>
class WritePin
{
public:
    using Slot = ThreadSlot<Traits>;

    // What becomes of the nodes that a write unlinks: the engine retires them, or its caller does,
    // when it has looked at them.
    enum class Unlinked : quint8 { Retired, LeftToCaller };

    explicit WritePin(Domain<Traits> &domain, Unlinked unlinked = Unlinked::Retired)
        : WritePin(domain, domain.slot(), unlinked)
    {
    }
    // With the calling thread's slot.
    WritePin(Domain<Traits> &domain, Slot &slot, Unlinked unlinked = Unlinked::Retired) noexcept
        : m_domain(domain), m_slot(slot), m_unlinked(unlinked)
    {
        m_domain.pin(m_slot);
    }
    Q_DISABLE_COPY_MOVE(WritePin)
    ~WritePin()
    {
        m_domain.unpinWriter(m_slot);
        Slot::giveBack(m_slot);
    }

    Slot &slot() const noexcept { return m_slot; }

    Unlinked unlinked() const noexcept { return m_unlinked; }

    void retire(Retired *object, unsigned kind, quint64 bytes, quint32 unknowns = 0) noexcept
    {
        m_domain.retire(m_slot, object, kind, bytes, unknowns);
    }

private:
    Domain<Traits> &m_domain;
    Slot &m_slot;
    const Unlinked m_unlinked;
};

// While one exists, this thread runs no destructors at the ends of its guards, and keeps its slot. What
// they would have freed is freed when it ends. On the stack, one in another.
template <typename Traits>
class CollectionPause
{
public:
    using Slot = ThreadSlot<Traits>;
    using Collecting = typename Slot::Collecting;

    explicit CollectionPause(Domain<Traits> &domain)
        : m_domain(domain),
          m_slot(domain.slot()),
          m_before(std::exchange(m_slot.collecting, Collecting::Later))
    {
    }
    Q_DISABLE_COPY_MOVE(CollectionPause)
    ~CollectionPause()
    {
        const bool isOwed = std::exchange(m_slot.collecting, m_before) == Collecting::Owed;
        if (isOwed)
            m_domain.collectFrom(m_slot); // or leaves it to the outer one
        Slot::giveBack(m_slot);
    }

    Slot &slot() const noexcept { return m_slot; }

private:
    Domain<Traits> &m_domain;
    Slot &m_slot;
    const Collecting m_before;
};

// The guard that users hold. Its checks cost nothing in release builds; its layout is the same in
// both, so that differently built parts of a program can pass one to another: what a release build
// made is not checked.
template <typename Traits>
class HeldPin
{
public:
    using Slot = ThreadSlot<Traits>;

    explicit HeldPin(Domain<Traits> &domain) : m_domain(&domain), m_slot(&domain.slot())
    {
        m_domain->pin(*m_slot);
#ifndef QT_NO_DEBUG
        m_thread = std::this_thread::get_id();
        m_since = std::chrono::steady_clock::now();
#endif
    }
    HeldPin(HeldPin &&other) noexcept
        : m_domain(std::exchange(other.m_domain, nullptr)),
          m_slot(other.m_slot),
          m_thread(other.m_thread),
          m_since(other.m_since)
    {
    }
    HeldPin &operator=(HeldPin &&other) noexcept
    {
        HeldPin moved(std::move(other));
        std::swap(m_domain, moved.m_domain);
        std::swap(m_slot, moved.m_slot);
        std::swap(m_thread, moved.m_thread);
        std::swap(m_since, moved.m_since);
        return *this;
    }
    Q_DISABLE_COPY(HeldPin)
    ~HeldPin()
    {
        if (!m_domain)
            return;
        checkThread();
        checkLength();
        m_domain->unpin(*m_slot);
        Slot::giveBack(*m_slot);
    }

    Slot &slot() const noexcept
    {
        return *m_slot;
    }

    void check([[maybe_unused]] const Domain<Traits> &domain) const
    {
        Q_ASSERT_X(m_domain, "SyncMap", "a guard that was moved from guards nothing");
        Q_ASSERT_X(
                m_domain == &domain, "SyncMap",
                "a guard protects what was read from the map that made it: take one from this map");
        checkThread();
    }

private:
    void checkThread() const
    {
        Q_ASSERT_X(m_thread == std::thread::id() || m_thread == std::this_thread::get_id(),
                   "SyncMap",
                   "a guard belongs to the thread that took it: take another one in this thread");
    }

    void checkLength() const
    {
#ifndef QT_NO_DEBUG
        if (m_thread == std::thread::id())
            return;
        const auto held = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::steady_clock::now() - m_since);
        const auto limit = guardLimit();
        if (limit.count() > 0 && held > limit)
            warnLongGuard(held);
#endif
    }

    Domain<Traits> *m_domain;
    Slot *m_slot;
    std::thread::id m_thread;
    std::chrono::steady_clock::time_point m_since;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
