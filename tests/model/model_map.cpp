// SPDX-License-Identifier: MIT
#include "modelmemory.h"
#include "modelsuite.h"

#include <vector>

using SyncMapInternal::FenceMode;

namespace {

// A key that is destroyed visibly: who still reads it then has read what was freed.
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

int numberOf(const Value &value)
{
    return value.number();
}
int numberOf(quint16 value)
{
    return value;
}

constexpr int Absent = 0;

template <typename Derived, int count, typename T = Value>
struct Map : Model::Suite<Derived, count>
{
    using Engine = SyncMapInternal::Engine<Key, T, Model::Traits>;
    using Reader = typename Engine::Reader;
    using Writer = typename Engine::Writer;
    using Position = typename Engine::Position;
    using IfPresent = typename Engine::IfPresent;

    Engine engine;

    int find(int number)
    {
        const Key key(number);
        const Reader pin(engine.domain());
        const Position found = engine.find(engine.hashOf(key), key);
        int value = Absent;
        for (int i = 0; found && i < 2; ++i) {
            Model::step();
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
};

// Each reader sees the values of a key in the order in which they were written.
struct OneKey : Map<OneKey, 3>
{
    void work(unsigned index)
    {
        if (index == 0) {
            insert(1, 1);
            insert(1, 2);
        } else {
            const int first = find(1);
            RL_ASSERT(find(1) >= first);
        }
    }
    void finish() { RL_ASSERT(find(1) == 2); }
};

// A node that is replaced stays whole as long as it is read.
struct ReplacedNode : Map<ReplacedNode, 2>
{
    void before() { insert(1, 1); }
    void work(unsigned index)
    {
        for (int i = 0; i < 2; ++i) {
            if (index == 0)
                insert(1, 2 + i);
            else
                RL_ASSERT(find(1) != Absent);
        }
    }
};

// A removed key is gone; one that is inserted again is there again.
struct RemovedKey : Map<RemovedKey, 2>
{
    void before() { insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0) {
            RL_ASSERT(remove(1));
            insert(1, 2);
        } else {
            const int first = find(1);
            const int second = find(1);
            const int third = find(1);
            RL_ASSERT(!(first != 1 && second == 1) && !(second != 1 && third == 1));
            RL_ASSERT(!(first == 2 && second != 2) && !(second == 2 && third != 2));
        }
    }
};

// Two writers of one key: exactly one of them removes it.
struct TwoRemovals : Map<TwoRemovals, 2>
{
    int removed = 0; // threads of a model take turns

    void before() { insert(1, 1); }
    void work(unsigned)
    {
        if (remove(1))
            ++removed;
    }
    void finish() { RL_ASSERT(removed == 1); }
};

// No update of a value is lost, whether it is replaced in its slot …
struct TwoReplacements : Map<TwoReplacements, 2>
{
    void before() { insert(1, 1); }
    void work(unsigned) { increment(1); }
    void finish() { RL_ASSERT(find(1) == 3); }
};

// … or in its node.
struct TwoOverwrites : Map<TwoOverwrites, 2, quint16>
{
    void before() { insert(1, 1); }
    void work(unsigned) { increment(1); }
    void finish() { RL_ASSERT(find(1) == 3); }
};

// Who sees a value that was overwritten in place sees what its writer did before.
struct ValueHandsOver : Map<ValueHandsOver, 2, quint16>
{
    rl::var<int> work0 { 0 };

    void before() { insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0) {
            work0(RL_INFO).store(1);
            increment(1);
        } else if (find(1) == 2) {
            RL_ASSERT(work0(RL_INFO).load() == 1);
        }
    }
};

// Who misses a key that was removed sees what was done before it was removed.
struct RemovalHandsOver : Map<RemovalHandsOver, 2>
{
    rl::var<int> work0 { 0 };

    void before() { insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0) {
            work0(RL_INFO).store(1);
            remove(1);
        } else if (find(1) == Absent) {
            RL_ASSERT(work0(RL_INFO).load() == 1);
        }
    }
};

// A table that becomes full is replaced: nothing that was in it is missed meanwhile.
struct Promotion : Map<Promotion, 2>
{
    void before()
    {
        for (int number = 1; number <= 7; ++number)
            insert(number, number);
    }
    void work(unsigned index)
    {
        if (index == 0) {
            insert(8, 8);
        } else {
            const int number = 1 + int(rl::rand(7));
            RL_ASSERT(find(number) == number);
            const int first = find(8);
            RL_ASSERT(first == Absent || find(8) == 8);
        }
    }
    void finish() { RL_ASSERT(engine.counters().promotions.load(std::memory_order_relaxed) >= 2); }
};

// The same where the new table is hardly filled, so that a reader that is not ordered after its
// promotion is likely to miss what is in it.
struct Growth : Map<Growth, 2>
{
    void before() { insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0) {
            engine.reserve(8);
        } else {
            RL_ASSERT(find(1) == 1);
            RL_ASSERT(find(1) == 1);
        }
    }
};

// So is one with many deleted slots.
struct Purge : Map<Purge, 2>
{
    void before()
    {
        for (int number = 1; number <= 10; ++number)
            insert(number, number);
        for (int number = 1; number <= 8; ++number)
            remove(number);
    }
    void work(unsigned index)
    {
        if (index == 0) {
            remove(9);
            remove(10);
            insert(11, 11);
        } else {
            const int first = find(10);
            const int second = find(10);
            RL_ASSERT(first == 10 || second == Absent);
            const int third = find(11);
            RL_ASSERT(third == Absent || find(11) == 11);
        }
    }
};

// A shard splits under readers and under another writer: each key is found before, in between and
// after.
template <typename Derived>
struct Split : Map<Derived, 3>
{
    int keys[4] = {}; // by the first two bits of the hash

    void fill()
    {
        for (int number = 1; !keys[0] || !keys[1] || !keys[2] || !keys[3]; ++number)
            keys[this->engine.hashOf(Key(number)) >> 62] = number;
        for (const int number : keys)
            this->insert(number, 1);
    }
    // Meets others at the lock, and changes nothing.
    void meet(int number, int times)
    {
        const Key key(number);
        for (int i = 0; i < times; ++i) {
            typename Split::Writer pin(this->engine.domain());
            auto fresh = this->engine.makeNode(this->engine.hashOf(key), key, Value(1));
            contend();
            this->engine.publish(pin, fresh, Split::IfPresent::Keep);
        }
    }
    // With the 64th time a shard splits.
    void contend() { Model::Mutex::nextAttemptFails[rl::thread_index()] = true; }

    void splitOnce(unsigned index, int low, int high)
    {
        switch (index) {
        case 0:
            contend();
            this->insert(low, 2);
            break;
        case 1: {
            const int first = this->find(low);
            RL_ASSERT(first != Absent && this->find(low) >= first);
            RL_ASSERT(this->find(high) != Absent);
            break;
        }
        default:
            this->insert(high, 2);
            RL_ASSERT(this->find(high) == 2);
        }
    }
    void expect(quint64 splits, int low, int high)
    {
        RL_ASSERT(this->engine.counters().splits.load(std::memory_order_relaxed) == splits);
        RL_ASSERT(this->find(low) == 2 && this->find(high) == 2);
    }
};

struct SplitWithDirectory : Split<SplitWithDirectory>
{
    void before()
    {
        fill();
        meet(keys[0], 63);
    }
    void work(unsigned index) { splitOnce(index, keys[0], keys[2]); }
    void finish() { expect(1, keys[0], keys[2]); }
};

// The directory has been doubled by the shard beside this one, and stays.
struct SplitInDirectory : Split<SplitInDirectory>
{
    void before()
    {
        fill();
        meet(keys[0], 128);
        meet(keys[2], 63);
    }
    void work(unsigned index) { splitOnce(index, keys[2], keys[3]); }
    void finish() { expect(3, keys[2], keys[3]); }
};

// What is cleared is gone; what is inserted afterwards is there.
struct Clear : Map<Clear, 3>
{
    void before()
    {
        insert(1, 1);
        insert(2, 1);
    }
    void work(unsigned index)
    {
        switch (index) {
        case 0:
            engine.clear();
            break;
        case 1:
            insert(3, 1);
            break;
        default: {
            const int first = find(1);
            const int second = find(1);
            RL_ASSERT(first != Absent || second == Absent);
        }
        }
    }
    void finish() { RL_ASSERT(find(1) == Absent && find(2) == Absent); }
};

// An iteration shows no key twice, whatever is removed and inserted again, and shows the one that
// nobody touches.
struct Iteration : Map<Iteration, 2>
{
    void before()
    {
        for (int number = 1; number <= 6; ++number)
            insert(number, 1);
    }
    void work(unsigned index)
    {
        if (index == 0) {
            remove(1);
            insert(1, 2);
            insert(7, 1);
        } else {
            int shown[8] = {};
            engine.template forEach<Reader>([&](Reader &, const Position &position) {
                for (int number = 1; number <= 7; ++number) {
                    Model::step();
                    shown[number] += position.node->key == Key(number);
                }
                return true;
            });
            RL_ASSERT(shown[6] == 1);
            for (int number = 1; number <= 7; ++number)
                RL_ASSERT(shown[number] <= 1);
        }
    }
};

constexpr unsigned long Executions = 15000;
constexpr unsigned long Search = 300000;

template <typename Suite>
void mustHold(const char *name)
{
    Model::mustHold<Suite>(name, FenceMode::Asymmetric, Executions);
    Model::mustHold<Suite>(name, FenceMode::Symmetric, Executions);
}

template <typename Suite>
void mustFind(Plant plant, const char *name)
{
    Model::mustFind<Suite>(plant, name, FenceMode::Asymmetric, Search);
}

} // namespace

int main()
{
    mustHold<OneKey>("publish and overwrite");
    mustHold<ReplacedNode>("a replaced node");
    mustHold<RemovedKey>("remove and insert again");
    mustHold<TwoRemovals>("two removals");
    mustHold<TwoReplacements>("two replacements");
    mustHold<TwoOverwrites>("two overwrites in place");
    mustHold<ValueHandsOver>("a value hands over");
    mustHold<RemovalHandsOver>("a removal hands over");
    mustHold<Promotion>("promotion");
    mustHold<Growth>("growth");
    mustHold<Purge>("purge");
    mustHold<SplitWithDirectory>("split, and a new directory");
    mustHold<SplitInDirectory>("split");
    mustHold<Clear>("clear");
    mustHold<Iteration>("iteration");

    mustFind<TwoRemovals>(Plant::NoShardLock, "two removals");
    mustFind<TwoReplacements>(Plant::NoShardLock, "two replacements");
    mustFind<TwoOverwrites>(Plant::NoShardLock, "two overwrites in place");
    mustFind<OneKey>(Plant::RelaxedNodeStore, "publish and overwrite");
    mustFind<OneKey>(Plant::RelaxedNodeLoad, "publish and overwrite");
    mustFind<ValueHandsOver>(Plant::RelaxedValueStore, "a value hands over");
    mustFind<ValueHandsOver>(Plant::RelaxedValueLoad, "a value hands over");
    mustFind<RemovalHandsOver>(Plant::RelaxedTagStore, "a removal hands over");
    mustFind<Growth>(Plant::RelaxedSnapshotStore, "growth");
    mustFind<Growth>(Plant::RelaxedSnapshotLoad, "growth");
    mustFind<SplitInDirectory>(Plant::RelaxedShardStore, "split");
    mustFind<SplitInDirectory>(Plant::RelaxedShardLoad, "split");
    mustFind<SplitWithDirectory>(Plant::RelaxedDirectoryStore, "split, and a new directory");
    mustFind<SplitWithDirectory>(Plant::RelaxedDirectoryLoad, "split, and a new directory");
    mustFind<ReplacedNode>(Plant::NoGracePeriod, "a replaced node");
    mustFind<RemovedKey>(Plant::NoGracePeriod, "remove and insert again");
    mustFind<Growth>(Plant::NoGracePeriod, "growth");
    mustFind<SplitWithDirectory>(Plant::NoGracePeriod, "split, and a new directory");
    mustFind<Clear>(Plant::NoGracePeriod, "clear");
    mustFind<Iteration>(Plant::NoGracePeriod, "iteration");
}
