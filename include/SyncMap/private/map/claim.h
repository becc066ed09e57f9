// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <limits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Who is older. Of one moment, the threads are in some order.
struct Seniority
{
    quint64 since = (std::numeric_limits<quint64>::max)(); // of the steady clock; or none
    quintptr thread = 0;

    friend bool operator<(const Seniority &a, const Seniority &b) noexcept // a is older
    {
        return a.since != b.since ? a.since < b.since : a.thread < b.thread;
    }
    bool isNone() const noexcept { return since == (std::numeric_limits<quint64>::max)(); }
};

// The same in all modules, and of no other thread that runs.
SYNCMAP_EXPORT quintptr currentThreadMark() noexcept;
SYNCMAP_EXPORT Seniority seniorityFromNow() noexcept;

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
//   claims might be what the other one waits for. Claims have a seniority; those of one thread, one
//   in another, have that of the first. The thread overrules claims that are younger, which then
//   begin again, and tries again as long as there is an older one. So the oldest is never held up.
// - From its entry to its end, a claim's thread runs no code of the user's but that function, with
//   what it takes and returns, and that one as such: no destructors of what others have left in the
//   map, which might wait for this claim. They run when it has ended, and whoever is next has been
//   woken.
//
// Keys with equal hashes share a queue; notes are for the key alone.
//
// Limit: a thread that calls functions within functions through two copies of this library, in two
// modules, is known to each as two: such a circle of waiting threads is not found.
template <typename Traits>
struct Claim
{
    enum class Note : quint8 { None, Written, Removed };

    quint64 hash = 0;
    Seniority seniority;
    quintptr owner = 0; // the thread
    const void *key = nullptr;
    bool (*isOfKey)(const void *claimed, const void *written) = nullptr;
    typename Traits::Parking turn; // where the owner waits for it

    // The rest is under the lock of the shard.
    Claim *next = nullptr; // that came later
    // What overtook it first, and what came after that.
    Note first = Note::None;
    Note second = Note::None;
    bool isOverruled = false;
    quint8 ownWrites = 0;

    // What the owner's function calls has changed the value that it makes another of. Not for ever:
    // then it counts as one that others have overtaken.
    void beOverruledByOwner() noexcept
    {
        constexpr quint8 most = 16;
        if (ownWrites++ < most)
            isOverruled = true;
        else
            note(Note::Written);
    }
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
template <typename Traits>
class ClaimQueue
{
public:
    using Claim = SyncMapInternal::Claim<Traits>;

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
    // And wakes the one whose turn it is now.
    void remove(const Claim &claim) noexcept
    {
        Claim **place = &m_first;
        while (*place != &claim)
            place = &(*place)->next;
        *place = claim.next;
        if (Claim *next = front(claim.hash))
            next->turn.wake();
    }
    // Those of that hash that are younger have to begin again.
    void overrule(quint64 hash, const Seniority &older) noexcept
    {
        forEach([&](Claim &claim) {
            if (claim.hash == hash && older < claim.seniority)
                claim.isOverruled = true;
        });
    }
    void overruleByOwner(quint64 hash, quintptr owner) noexcept
    {
        forEach([&](Claim &claim) {
            if (claim.hash == hash && claim.owner == owner)
                claim.beOverruledByOwner();
        });
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
    const Computation *outer;
    const void *map;
    quint64 hash;
    const void *key;
    bool (*isOfKey)(const void *claimed, const void *written);
    Seniority seniority; // of the oldest claim of all that it is in
};

// The innermost one of this thread.
SYNCMAP_EXPORT const Computation *&currentComputation() noexcept;

class ComputationScope
{
public:
    ComputationScope(const void *map, quint64 hash, const void *key,
                     bool (*isOfKey)(const void *, const void *),
                     const Seniority &seniority) noexcept
        : m_current(currentComputation()),
          m_this { m_current, map, hash, key, isOfKey, oldest(m_current, seniority) }
    {
        m_current = &m_this;
    }
    Q_DISABLE_COPY_MOVE(ComputationScope)
    ~ComputationScope() { m_current = m_this.outer; }

private:
    static Seniority oldest(const Computation *outer, const Seniority &own) noexcept
    {
        return outer && outer->seniority < own ? outer->seniority : own;
    }

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

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
