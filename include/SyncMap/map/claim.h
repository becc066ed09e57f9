// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/syncmapglobal.h>

#include <limits>

namespace SyncMapInternal {

// How a read-modify-write ends that others are always faster than.
//
// Its first attempts are optimistic: look at the value, let the user's code make another of it, and
// commit if nobody has written the key since. One that has lost too often, or that finds the key
// claimed, *claims* the key: it queues in the shard, under whose lock all writers of the key come by.
// The claim at the front has its turn: its read-modify-write works on a copy, without a pin.
//
// - Other read-modify-writes of the key do not commit; they queue behind it. So nothing that has
//   looked at the value comes between, and each has its turn.
// - Blind writes (insert(), remove(), clear()) never wait. One that overtakes the claim leaves a note
//   there. The claimed operation then counts as having happened just before it: nobody can have seen
//   what it wrote, since it was overwritten at once. It does not write, and returns its result. One
//   case is different: remove() has told its caller that the key was there, and the claimed operation
//   wanted to remove it, too. Then that is what it comes after: it is asked once more, with the key
//   absent, and so counts as having happened between that removal and the next write.
// - A thread that runs somebody's function for a read-modify-write never waits for a turn: its own
//   claims might be what the other one waits for. Claims have an age; those of one thread, one in
//   another, have that of the first. The thread overrules a claim that is younger, which then begins
//   again, and tries again as long as there is an older one. So the oldest is never held up.
//
// Keys with equal hashes share a queue; notes are for the key alone.
struct Claim
{
    enum class Note : quint8 { None, Written, Removed };

    quint64 hash = 0;
    quint64 age = 0;
    const void *owner = nullptr; // the thread
    const void *key = nullptr;
    bool (*isOfKey)(const void *claimed, const void *written) = nullptr;

    // The rest is under the lock of the shard.
    Claim *next = nullptr; // that came later
    // What overtook it first, and what came after that.
    Note first = Note::None;
    Note second = Note::None;
    bool isOverruled = false;

    void note(Note what) noexcept
    {
        if (first == Note::None)
            first = what;
        else if (second == Note::None)
            second = what;
    }
    void beginAnew() noexcept
    {
        first = second = Note::None;
        isOverruled = false;
    }
};

// The claims of a shard, oldest arrival first; in the hands of those who hold its lock.
class ClaimQueue
{
public:
    bool isEmpty() const noexcept { return !m_first; }

    // Whose turn it is.
    Claim *front(quint64 hash) const noexcept
    {
        Claim *claim = m_first;
        while (claim && claim->hash != hash)
            claim = claim->next;
        return claim;
    }
    void append(Claim &claim) noexcept { *end() = &claim; }
    void prepend(Claim &claim) noexcept
    {
        claim.next = m_first;
        m_first = &claim;
    }
    void remove(const Claim &claim) noexcept
    {
        Claim **place = &m_first;
        while (*place != &claim)
            place = &(*place)->next;
        *place = claim.next;
    }
    // To the queues of the halves of the shard: the claims whose hashes have that bit go to \a ones.
    void divide(int bit, ClaimQueue &zeros, ClaimQueue &ones) noexcept
    {
        while (Claim *claim = m_first) {
            m_first = claim->next;
            claim->next = nullptr;
            ((claim->hash >> bit) & 1 ? ones : zeros).append(*claim);
        }
    }
    void takeAll(ClaimQueue &other) noexcept
    {
        *end() = other.m_first;
        other.m_first = nullptr;
    }
    template <typename Visit>
    void forEach(Visit &&visit) const
    {
        for (Claim *claim = m_first; claim; claim = claim->next)
            visit(*claim);
    }

private:
    Claim **end() noexcept
    {
        Claim **place = &m_first;
        while (*place)
            place = &(*place)->next;
        return place;
    }

    Claim *m_first = nullptr;
};

// Somebody's function that this thread runs for a read-modify-write; on the thread's stack, one in
// another.
struct Computation
{
    static constexpr quint64 Unclaimed = std::numeric_limits<quint64>::max();

    const Computation *outer;
    const void *map;
    quint64 hash;
    const void *key;
    bool (*isOfKey)(const void *claimed, const void *written);
    quint64 age; // of the oldest claim of all that it is in
};

// The innermost one of this thread; its address stands for the thread.
SYNCMAP_EXPORT const Computation *&currentComputation() noexcept;
SYNCMAP_EXPORT quint64 nextClaimAge() noexcept;

class ComputationScope
{
public:
    ComputationScope(const void *map, quint64 hash, const void *key,
                     bool (*isOfKey)(const void *, const void *), quint64 age) noexcept
        : m_current(currentComputation()),
          m_this { m_current, map,     hash,
                   key,       isOfKey, m_current && m_current->age < age ? m_current->age : age }
    {
        m_current = &m_this;
    }
    Q_DISABLE_COPY_MOVE(ComputationScope)
    ~ComputationScope() { m_current = m_this.outer; }

private:
    const Computation *&m_current;
    const Computation m_this;
};

// What a read-modify-write without a claim was told by the engine.
struct Attempt
{
    int tries = 0;
    bool metClaim = false;

    // Before each attempt.
    bool isAllowed(int limit) noexcept { return !metClaim && tries++ < limit; }
};

} // namespace SyncMapInternal
