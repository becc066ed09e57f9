// SPDX-License-Identifier: MIT

#pragma once

#include "peerhash.h"

#include <cds/container/michael_list_dhp.h>
#include <cds/container/split_list_map.h>
#include <cds/gc/dhp.h>
#include <cds/init.h>

#include <QtCore/qmutex.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

namespace Benchmark {

// The library wants to be told of the process, and of each thread. Does nothing after its first
// call in a thread.
inline void attachToLibcds()
{
    struct Process
    {
        Process() { cds::Initialize(); }
        ~Process() { cds::Terminate(); }
        Q_DISABLE_COPY_MOVE(Process)
    };
    struct Collector
    {
        cds::gc::DHP dhp;
    };
    struct Thread
    {
        Thread() { cds::threading::Manager::attachThread(); }
        ~Thread() { cds::threading::Manager::detachThread(); }
        Q_DISABLE_COPY_MOVE(Thread)
    };
    static const Process process;
    static const Collector collector;
    static const thread_local Thread thread;
}

// SplitListMap over a list of Michael's, with dynamic hazard pointers. The map does not keep two
// threads apart that change one value, nor a reader from a writer: a number is an atomic, and a
// text has a mutex beside it.
template <typename Key, typename Value>
class LibcdsContestant
{
public:
    static constexpr const char *Name = "libcds";
    static constexpr bool IsConcurrent = true;
    static constexpr bool CanIterate = false; // not while another thread removes
    static constexpr bool CanFindAll = false;

    // The map wants to know about how many entries there will be.
    explicit LibcdsContestant(quint64 expected) : m_map((attachToLibcds(), expected)) { }
    static void enterThread() { attachToLibcds(); }

    template <typename Use>
    bool visit(const Key &key, Use &&use) const
    {
        return m_map.find(key, [&use](auto &entry) { entry.second.read(use); });
    }
    template <typename Use>
    bool copy(const Key &key, Use &&use) const
    {
        const std::optional<Value> found = find(key);
        if (!found)
            return false;
        use(*found);
        return true;
    }
    std::optional<Value> find(const Key &key) const
    {
        std::optional<Value> found;
        visit(key, [&found](const Value &value) { found = value; });
        return found;
    }
    void insert(const Key &key, const Value &value)
    {
        m_map.update(key, [&value](bool, auto &entry) { entry.second.write(value); });
    }
    void add(const Key &key, const Value &value) { m_map.insert(key, value); }
    bool remove(const Key &key) { return m_map.erase(key); }
    void settle() { }

private:
    class Number
    {
    public:
        Number() = default;
        explicit Number(Value value) : m_value(value) { }
        // While the map makes an entry, before others see it.
        Number(const Number &other) : m_value(other.m_value.load(std::memory_order_relaxed)) { }
        Number &operator=(const Number &) = delete;
        ~Number() = default;
        template <typename Use>
        void read(Use &use) const
        {
            // relaxed, here and below: a number stands for itself.
            use(m_value.load(std::memory_order_relaxed));
        }
        void write(Value value) { m_value.store(value, std::memory_order_relaxed); }

    private:
        std::atomic<Value> m_value { Value() };
    };
    class Text
    {
    public:
        Text() = default;
        explicit Text(const Value &value) : m_value(value) { }
        Text(const Text &other) : m_value(other.m_value) { }
        Text &operator=(const Text &) = delete;
        ~Text() = default;
        template <typename Use>
        void read(Use &use) const
        {
            const std::lock_guard lock(m_mutex);
            use(m_value);
        }
        void write(const Value &value)
        {
            Value old = value;
            const std::lock_guard lock(m_mutex);
            m_value.swap(old);
        }

    private:
        mutable QBasicMutex m_mutex; // of one pointer's size
        Value m_value;
    };
    using Stored = std::conditional_t<std::is_trivially_copyable_v<Value>, Number, Text>;

    struct Traits : cds::container::split_list::traits
    {
        using ordered_list = cds::container::michael_list_tag;
        using hash = PeerHash<Key>;
        struct ordered_list_traits : cds::container::michael_list::traits
        {
            using less = std::less<Key>;
        };
    };

    // It has no reading members that are const.
    mutable cds::container::SplitListMap<cds::gc::DHP, Key, Stored, Traits> m_map;
};

} // namespace Benchmark
