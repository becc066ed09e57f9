// SPDX-License-Identifier: MIT
#pragma once

#include "modelmap.h"

// What threads do to a map at once, with entries in nodes or in tables: model_map.cpp has the one,
// model_maptables.cpp the other.
namespace Model {

// Each reader sees the values of a key in the order in which they were written.
template <typename Storage>
struct OneKey : Map<OneKey<Storage>, 3, Storage>
{
    void work(unsigned index)
    {
        if (index == 0) {
            this->insert(1, 1);
            this->insert(1, 2);
        } else {
            const int first = this->find(1);
            RL_ASSERT(this->find(1) >= first);
        }
    }
    void finish() { RL_ASSERT(this->find(1) == 2); }
};

// A node that is replaced stays whole as long as it is read.
template <typename Storage>
struct ReplacedNode : Map<ReplacedNode<Storage>, 2, Storage>
{
    void before() { this->insert(1, 1); }
    void work(unsigned index)
    {
        for (int i = 0; i < 2; ++i) {
            if (index == 0)
                this->insert(1, 2 + i);
            else
                RL_ASSERT(this->find(1) != Absent);
        }
    }
};

// A removed key is gone; one that is inserted again is there again.
template <typename Storage>
struct RemovedKey : Map<RemovedKey<Storage>, 2, Storage>
{
    void before() { this->insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0) {
            RL_ASSERT(this->remove(1));
            this->insert(1, 2);
        } else {
            const int first = this->find(1);
            const int second = this->find(1);
            const int third = this->find(1);
            RL_ASSERT(!(first != 1 && second == 1) && !(second != 1 && third == 1));
            RL_ASSERT(!(first == 2 && second != 2) && !(second == 2 && third != 2));
        }
    }
};

// Two writers of one key: exactly one of them removes it.
template <typename Storage>
struct TwoRemovals : Map<TwoRemovals<Storage>, 2, Storage>
{
    int removed = 0; // threads of a model take turns

    void before() { this->insert(1, 1); }
    void work(unsigned)
    {
        if (this->remove(1))
            ++removed;
    }
    void finish() { RL_ASSERT(removed == 1); }
};

// No update of a value is lost.
template <typename Storage>
struct TwoReplacements : Map<TwoReplacements<Storage>, 2, Storage>
{
    void before() { this->insert(1, 1); }
    void work(unsigned) { this->increment(1); }
    void finish() { RL_ASSERT(this->find(1) == 3); }
};

// Nor with claims, of which one waits for the other.
template <typename Storage>
struct ClaimedUpdates : Map<ClaimedUpdates<Storage>, 3, Storage>
{
    void before() { this->insert(1, 1); }
    void work(unsigned index) { this->incrementWithClaim(1, index == 0 ? 1 : 0); }
    void finish() { RL_ASSERT(this->find(1) == 4); }
};

// A blind write that overtakes a claim is not waited for, and not overwritten: what the claimed update
// made came just before it.
template <typename Storage>
struct OvertakenClaim : Map<OvertakenClaim<Storage>, 2, Storage>
{
    int made = 0;

    void before() { this->insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0) {
            made = this->incrementWithClaim(1, 0);
        } else {
            this->insert(1, 10);
            if (this->remove(1))
                this->insert(1, 20);
        }
    }
    void finish()
    {
        const int last = this->find(1);
        // It saw 1, or 10, or nothing, or 20: and was overwritten unless it was the last.
        RL_ASSERT(made == 2 || made == 11 || made == 1 || made == 21);
        RL_ASSERT(made == 21 ? last == 21 : last == 20);
    }
};

// Nor if the table is replaced in between, to which the value is copied.
template <typename Storage>
struct OverwriteAndGrowth : Map<OverwriteAndGrowth<Storage>, 3, Storage>
{
    void before() { this->insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0)
            this->engine.reserve(8);
        else
            this->increment(1);
    }
    void finish() { RL_ASSERT(this->find(1) == 3); }
};

// Who sees a value that was overwritten in place sees what its writer did before.
template <typename Storage>
struct ValueHandsOver : Map<ValueHandsOver<Storage>, 2, Storage>
{
    rl::var<int> work0 { 0 };

    void before() { this->insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0) {
            work0(RL_INFO).store(1);
            this->increment(1);
        } else if (this->find(1) == 2) {
            RL_ASSERT(work0(RL_INFO).load() == 1);
        }
    }
};

// Who misses a key that was removed sees what was done before it was removed.
template <typename Storage>
struct RemovalHandsOver : Map<RemovalHandsOver<Storage>, 2, Storage>
{
    rl::var<int> work0 { 0 };

    void before() { this->insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0) {
            work0(RL_INFO).store(1);
            this->remove(1);
        } else if (this->find(1) == Absent) {
            RL_ASSERT(work0(RL_INFO).load() == 1);
        }
    }
};

// A table that becomes full is replaced: nothing that was in it is missed meanwhile.
template <typename Storage>
struct Promotion : Map<Promotion<Storage>, 2, Storage>
{
    void before()
    {
        for (int number = 1; number <= 7; ++number)
            this->insert(number, number);
    }
    void work(unsigned index)
    {
        if (index == 0) {
            this->insert(8, 8);
        } else {
            const int number = 1 + int(rl::rand(7));
            RL_ASSERT(this->find(number) == number);
            const int first = this->find(8);
            RL_ASSERT(first == Absent || this->find(8) == 8);
        }
    }
    void finish()
    {
        RL_ASSERT(this->engine.counters().promotions.load(std::memory_order_relaxed) >= 2);
    }
};

// The same where the new table is hardly filled, so that a reader that is not ordered after its
// promotion is likely to miss what is in it.
template <typename Storage>
struct Growth : Map<Growth<Storage>, 2, Storage>
{
    void before() { this->insert(1, 1); }
    void work(unsigned index)
    {
        if (index == 0) {
            this->engine.reserve(8);
        } else {
            RL_ASSERT(this->find(1) == 1);
            RL_ASSERT(this->find(1) == 1);
        }
    }
};

// So is one with many deleted slots.
template <typename Storage>
struct Purge : Map<Purge<Storage>, 2, Storage>
{
    void before()
    {
        for (int number = 1; number <= 10; ++number)
            this->insert(number, number);
        for (int number = 1; number <= 8; ++number)
            this->remove(number);
    }
    void work(unsigned index)
    {
        if (index == 0) {
            this->remove(9);
            this->remove(10);
            this->insert(11, 11);
        } else {
            const int first = this->find(10);
            const int second = this->find(10);
            RL_ASSERT(first == 10 || second == Absent);
            const int third = this->find(11);
            RL_ASSERT(third == Absent || this->find(11) == 11);
        }
    }
};

// A shard splits under readers and under another writer: each key is found before, in between and
// after.
template <typename Derived, typename Storage>
struct Split : SplittingMap<Derived, Storage>
{
    void splitOnce(unsigned index, int low, int high)
    {
        switch (index) {
        case 0:
            this->contend();
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

template <typename Storage>
struct SplitWithDirectory : Split<SplitWithDirectory<Storage>, Storage>
{
    void before()
    {
        this->fill();
        this->meet(this->keys[0], 63);
    }
    void work(unsigned index) { this->splitOnce(index, this->keys[0], this->keys[2]); }
    void finish() { this->expect(1, this->keys[0], this->keys[2]); }
};

// The directory has been doubled by the shard beside this one, and stays.
template <typename Storage>
struct SplitInDirectory : Split<SplitInDirectory<Storage>, Storage>
{
    void before()
    {
        this->fill();
        this->meet(this->keys[0], 128);
        this->meet(this->keys[2], 63);
    }
    void work(unsigned index) { this->splitOnce(index, this->keys[2], this->keys[3]); }
    void finish() { this->expect(3, this->keys[2], this->keys[3]); }
};

// Shards are merged under a reader and a writer: each key is found before, in between and after.
template <typename Storage>
struct Merge : SplittingMap<Merge<Storage>, Storage>
{
    void before()
    {
        this->fill();
        this->meet(this->keys[0], 128);
        this->meet(this->keys[2], 64);
    }
    void work(unsigned index)
    {
        const int high = this->keys[3];
        switch (index) {
        case 0:
            this->engine.squeeze();
            break;
        case 1: {
            const int first = this->find(high);
            RL_ASSERT(first != Absent && this->find(high) >= first);
            RL_ASSERT(this->find(this->keys[0]) == 1);
            break;
        }
        default:
            this->insert(high, 2);
            RL_ASSERT(this->find(high) == 2);
        }
    }
    void finish()
    {
        RL_ASSERT(this->engine.counters().merges.load(std::memory_order_relaxed) >= 1);
        RL_ASSERT(this->find(this->keys[3]) == 2);
        for (int i = 0; i < 3; ++i)
            RL_ASSERT(this->find(this->keys[i]) == 1);
    }
};

// Under an iteration, which shows no key twice, though what it has seen comes back to it in one shard
// with what it has not.
template <typename Storage>
struct MergeAndIteration : SplittingMap<MergeAndIteration<Storage>, Storage>
{
    void before()
    {
        this->fill();
        this->meet(this->keys[0], 128);
    }
    void work(unsigned index)
    {
        if (index == 0) {
            this->engine.squeeze();
        } else if (index == 1) {
            this->remove(this->keys[0]);
            this->insert(this->keys[0], 2);
        } else {
            int shown[4] = {};
            this->engine.template forEach<typename MergeAndIteration::Reader>(
                    [&](auto &, const auto &position) {
                        for (int i = 0; i < 4; ++i) {
                            Model::step();
                            shown[i] += position.node->key ==
                                    typename MergeAndIteration::Key(this->keys[i]);
                        }
                        return true;
                    });
            for (int i = 1; i < 4; ++i)
                RL_ASSERT(shown[i] == 1);
            RL_ASSERT(shown[0] <= 1);
        }
    }
};

// While others clear the map: what is gone is not found through an entry of the directory that does
// not lead to the merged shard yet, and not by a walk either.
template <typename Storage>
struct MergeAndClear : SplittingMap<MergeAndClear<Storage>, Storage>
{
    void before()
    {
        this->fill();
        this->meet(this->keys[0], 128);
        Traits::stayLongAt(SyncMapInternal::TestPoint::Succeeding, 200);
    }
    void work(unsigned index)
    {
        switch (index) {
        case 0:
            this->engine.squeeze();
            break;
        case 1:
            // When two quarters have become a half, and the two halves become a whole.
            while (Traits::longStays < 3)
                step();
            this->engine.clear();
            RL_ASSERT(this->find(this->keys[3]) == Absent);
            break;
        default: {
            const int first = this->find(this->keys[3]);
            const int second = this->find(this->keys[3]);
            RL_ASSERT(first != Absent || second == Absent);
        }
        }
    }
    void finish()
    {
        for (const int number : this->keys)
            RL_ASSERT(this->find(number) == Absent);
    }
};

// What is cleared is gone; what is inserted afterwards is there.
template <typename Storage>
struct Clear : Map<Clear<Storage>, 3, Storage>
{
    void before()
    {
        this->insert(1, 1);
        this->insert(2, 1);
    }
    void work(unsigned index)
    {
        switch (index) {
        case 0:
            this->engine.clear();
            break;
        case 1:
            this->insert(3, 1);
            break;
        default: {
            const int first = this->find(1);
            const int second = this->find(1);
            RL_ASSERT(first != Absent || second == Absent);
        }
        }
    }
    void finish() { RL_ASSERT(this->find(1) == Absent && this->find(2) == Absent); }
};

// An iteration shows no key twice, whatever is removed and inserted again, and shows the one that
// nobody touches.
template <typename Storage>
struct Iteration : Map<Iteration<Storage>, 2, Storage>
{
    void before()
    {
        for (int number = 1; number <= 6; ++number)
            this->insert(number, 1);
    }
    void work(unsigned index)
    {
        if (index == 0) {
            this->remove(1);
            this->insert(1, 2);
            this->insert(7, 1);
        } else {
            int shown[8] = {};
            this->engine.template forEach<typename Iteration::Reader>(
                    [&](auto &, const auto &position) {
                        for (int number = 1; number <= 7; ++number) {
                            Model::step();
                            shown[number] += position.node->key == typename Iteration::Key(number);
                        }
                        return true;
                    });
            RL_ASSERT(shown[6] == 1);
            for (int number = 1; number <= 7; ++number)
                RL_ASSERT(shown[number] <= 1);
        }
    }
};

} // namespace Model
