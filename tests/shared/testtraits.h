// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/SyncMap>

#include <algorithm>
#include <vector>

// Traits for tests: derive from TestTraits<Yours>, redefine what the test wants to count, stop or
// delay, and use a SyncMap<TestKey<Yours>, T>.

// The slots of one thread in the domains of one kind of traits. The shipped traits have a table in
// the library.
template <typename Traits>
class TestSlots
{
public:
    using Slot = SyncMapInternal::ThreadSlot<Traits>;
    using Domain = SyncMapInternal::Domain<Traits>;

    TestSlots() = default;
    Q_DISABLE_COPY_MOVE(TestSlots)
    ~TestSlots()
    {
        for (const Entry &entry : m_entries)
            Slot::leave(entry.slot);
    }

    Slot &slot(Domain &domain)
    {
        for (const Entry &entry : m_entries) {
            if (entry.id == domain.id())
                return *entry.slot;
        }
        const auto dead =
                std::partition(m_entries.begin(), m_entries.end(),
                               [](const Entry &entry) { return !entry.slot->isAbandoned(); });
        std::for_each(dead, m_entries.end(), [](const Entry &entry) { Slot::leave(entry.slot); });
        m_entries.erase(dead, m_entries.end());
        m_entries.push_back({ domain.id(), domain.claimSlot(this) });
        return *m_entries.back().slot;
    }

private:
    struct Entry
    {
        quint64 id;
        Slot *slot;
    };

    std::vector<Entry> m_entries;
};

template <typename Traits>
struct TestTraits : SyncMapInternal::DefaultTraits
{
    // Small in every build, so that memory is freed under the readers of a modest test.
    static constexpr quint32 batchObjects = 4;

    static SyncMapInternal::ThreadSlot<Traits> &slot(SyncMapInternal::Domain<Traits> &domain)
    {
        static thread_local TestSlots<Traits> ofThread;
        return ofThread.slot(domain);
    }
};

// A key that brings the traits of its map's engine along: so the whole public class runs on them,
// without a third template parameter. Of its hash, the given number of bits differ. Its entries lie
// in nodes, or else in the tables, as those of a number would.
template <typename Traits, int HashBits = 64, bool InTables = false>
struct TestKey
{
    int value;

    friend bool operator==(const TestKey &a, const TestKey &b) noexcept
    {
        return a.value == b.value;
    }
    friend size_t qHash(const TestKey &key, size_t seed) noexcept
    {
        if constexpr (HashBits == 64)
            return qHash(key.value, seed);
        else
            return size_t(key.value) & ((size_t(1) << HashBits) - 1);
    }
};

template <typename Traits, int HashBits, bool InTables, typename T>
class SyncMapInternal::Engine<TestKey<Traits, HashBits, InTables>, T,
                              SyncMapInternal::DefaultTraits>
    : public SyncMapInternal::Engine<TestKey<Traits, HashBits, InTables>, T, Traits>
{
};

template <typename Traits, int HashBits, typename T>
inline constexpr bool SyncMapInternal::isInline<TestKey<Traits, HashBits, true>, T> =
        isOverwrittenInPlace<T>;
