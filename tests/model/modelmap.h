// SPDX-License-Identifier: MIT
#pragma once

#include "modelmemory.h"
#include "modelsuite.h"
#include "modelthread.h"

#include <optional>
#include <vector>

namespace Model {

// A key that is destroyed visibly: who still reads it then has read what was freed. Its entries lie
// in nodes, or else in the tables.
template <bool InTables>
class Key
{
public:
    explicit Key(int number) : m_number(number), m_content(number) { }
    Key(const Key &other) : m_number(other.m_number), m_content(other.m_number) { }
    Key &operator=(const Key &) = delete;
    ~Key() { m_content(RL_INFO).store(-1); }

    friend bool operator==(const Key &a, const Key &b)
    {
        return a.m_content(RL_INFO).load() == b.m_content(RL_INFO).load();
    }
    friend size_t qHash(const Key &key, size_t) { return size_t(key.m_number); }

private:
    int m_number;
    rl::var<int> m_content;
};

// A value that is not overwritten in place.
class Value
{
public:
    Value(int number) : m_content(number) { }
    Value(const Value &other) : m_content(other.number()) { }
    Value &operator=(const Value &) = delete;
    ~Value() { m_content(RL_INFO).store(-1); }

    int number() const { return m_content(RL_INFO).load(); }

private:
    rl::var<int> m_content;
};

inline int numberOf(const Value &value)
{
    return value.number();
}
inline int numberOf(quint16 value)
{
    return value;
}

} // namespace Model

template <typename T>
inline constexpr bool SyncMapInternal::isInline<Model::Key<true>, T> = true;

namespace Model {

constexpr int Absent = 0;

// How a map keeps its entries.
struct Nodes
{
    using Key = Model::Key<false>;
    using T = Value;
};
struct InPlace // values are overwritten in their nodes
{
    using Key = Model::Key<false>;
    using T = quint16;
};
struct InTables
{
    using Key = Model::Key<true>;
    using T = quint16;
};

template <typename Derived, int count, typename Storage>
struct Map : Suite<Derived, count>
{
    using Key = typename Storage::Key;
    using T = typename Storage::T;
    using Engine = SyncMapInternal::Engine<Key, T, Traits>;
    using Reader = typename Engine::Reader;
    using Writer = typename Engine::Writer;
    using Position = typename Engine::Position;
    using IfPresent = typename Engine::IfPresent;

    Engine engine;

    Map()
    {
        currentThread = [] { return unsigned(rl::thread_index()); };
    }

    int find(int number)
    {
        const Key key(number);
        const Reader pin(engine.domain());
        const Position found = engine.find(engine.hashOf(key), key);
        int value = Absent;
        for (int i = 0; found && i < 2; ++i) {
            step();
            value = numberOf(*found.node->value.pointer());
        }
        return value;
    }
    void insert(int number, int value)
    {
        const Key key(number);
        Writer pin(engine.domain());
        auto fresh = engine.makeNode(engine.hashOf(key), key, T(value));
        engine.publish(pin, fresh, IfPresent::Replace);
    }
    bool remove(int number)
    {
        const Key key(number);
        Writer pin(engine.domain());
        while (const Position seen = engine.find(engine.hashOf(key), key)) {
            if (engine.remove(pin, seen))
                return true;
        }
        return false;
    }
    void increment(int number)
    {
        const Key key(number);
        Writer pin(engine.domain());
        const quint64 hash = engine.hashOf(key);
        while (const Position seen = engine.find(hash, key)) {
            const auto observed = seen.node->value.observe();
            auto replacement = engine.makeReplacement(
                    hash, key, T(numberOf(Engine::Value::valueOf(observed)) + 1));
            if (engine.replace(pin, seen, observed, replacement))
                return;
        }
        RL_ASSERT(!"the key is gone");
    }
    // The same as who is not alone does it: one attempt, then with a claim. Returns what it made; of
    // an absent key, 1.
    int incrementWithClaim(int number, int attempts)
    {
        const Key key(number);
        const quint64 hash = engine.hashOf(key);
        {
            Writer pin(engine.domain());
            for (SyncMapInternal::Attempt attempt; attempt.isAllowed(attempts);) {
                const Position seen = engine.find(hash, key);
                if (!seen)
                    continue;
                const auto observed = seen.node->value.observe();
                const int made = numberOf(Engine::Value::valueOf(observed)) + 1;
                auto replacement = engine.makeReplacement(hash, key, T(made));
                if (engine.replace(pin, seen, observed, replacement, &attempt))
                    return made;
            }
        }
        int made = 0;
        std::optional<typename Engine::NodePointer> fresh;
        engine.modifyClaimed(hash, key, [&](const T *current) -> typename Engine::Change {
            step();
            made = current ? numberOf(*current) + 1 : 1;
            fresh.emplace(engine.makeNode(hash, key, T(made)));
            return { true, &*fresh };
        });
        return made;
    }
};

// A map whose shards split when the model says so.
template <typename Derived, typename Storage>
struct SplittingMap : Map<Derived, 3, Storage>
{
    int keys[4] = {}; // by the first two bits of the hash

    void fill()
    {
        for (int number = 1; !keys[0] || !keys[1] || !keys[2] || !keys[3]; ++number)
            keys[this->engine.hashOf(typename SplittingMap::Key(number)) >> 62] = number;
        for (const int number : keys)
            this->insert(number, 1);
    }
    // Meets others at the lock, and changes nothing.
    void meet(int number, int times)
    {
        const typename SplittingMap::Key key(number);
        for (int i = 0; i < times; ++i) {
            typename SplittingMap::Writer pin(this->engine.domain());
            auto fresh = this->engine.makeNode(this->engine.hashOf(key), key,
                                               typename SplittingMap::T(1));
            contend();
            this->engine.publish(pin, fresh, SplittingMap::IfPresent::Keep);
        }
    }
    // With the 64th time a shard splits.
    void contend() { Mutex::nextAttemptFails[rl::thread_index()] = true; }
};

// Suites that are templates over the way in which the map keeps its entries.

constexpr unsigned long Executions = 15000;
constexpr unsigned long Search = 300000;

template <template <typename> class Suite, typename Storage>
void mustHold(const char *name)
{
    mustHold<Suite<Storage>>(name, SyncMapInternal::FenceMode::Asymmetric, Executions);
    mustHold<Suite<Storage>>(name, SyncMapInternal::FenceMode::Symmetric, Executions);
}

template <template <typename> class Suite, typename Storage>
void mustFind(Plant plant, const char *name)
{
    mustFind<Suite<Storage>>(plant, name, SyncMapInternal::FenceMode::Asymmetric, Search);
}

} // namespace Model
