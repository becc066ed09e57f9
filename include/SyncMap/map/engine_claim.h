// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/engine.h>

namespace SyncMapInternal {

// A read-modify-write with a claim; see claim.h.
template <typename Key, typename T, typename Traits>
class Engine<Key, T, Traits>::ClaimedKey
{
public:
    template <typename Other>
    ClaimedKey(Engine &engine, quint64 hash, const Other &key) : m_engine(engine)
    {
        const Computation *running = currentComputation();
        m_mayWait = !running;
        m_claim.hash = hash;
        m_claim.age =
                running && running->age != Computation::Unclaimed ? running->age : nextClaimAge();
        m_claim.owner = &currentComputation();
        m_claim.key = std::addressof(key);
        m_claim.isOfKey = &isClaimed<Other>;
        enqueue();
    }
    Q_DISABLE_COPY_MOVE(ClaimedKey)
    ~ClaimedKey()
    {
        if (!m_hasLeft) {
            Writer pin(m_engine.m_domain);
            LockedShard shard(m_engine, pin, m_claim.hash);
            shard->claims.remove(m_claim);
        }
        Traits::wake(&m_engine);
    }

    // Not under a pin of this thread, which would hold back what others free.
    void waitForTurn()
    {
        if (m_mayWait) {
            auto mustWait = [this] { return !isMyTurn(); };
            Traits::waitWhile(&m_engine, mustWait);
        } else {
            for (int round = 0; !isMyTurn(); ++round)
                Traits::rest(round);
        }
    }

    quint64 age() const noexcept { return m_claim.age; }

    // Calls look(observed), with null if the key is absent, under a pin: when it is this one's turn,
    // for what the key had at a moment at which there was no note yet.
    template <typename Other, typename Look>
    void look(const Other &key, Look &&look)
    {
        for (;;) {
            {
                Writer pin(m_engine.m_domain);
                LockedShard shard(m_engine, pin, m_claim.hash);
                if (shard->claims.front(m_claim.hash) == &m_claim) {
                    m_claim.beginAnew();
                    const Position seen = findIn(shard.table(), m_claim.hash, key);
                    if (!seen) {
                        shard.unlock();
                        return look(static_cast<const Observed *>(nullptr));
                    }
                    const Observed observed = seen.node->value.observe();
                    shard.unlock();
                    return look(&observed);
                }
            }
            waitForTurn();
        }
    }

    enum class Commit : quint8 { Done, Again, AgainAbsent };

    // Puts \a fresh into the map, or removes the key if it is null. Once that is done the key is not
    // claimed any more, and its node, which \a key may be in, may go.
    template <typename Other>
    Commit commit(const Other &key, NodePointer *fresh)
    {
        Writer pin(m_engine.m_domain);
        for (;;) {
            LockedShard shard(m_engine, pin, m_claim.hash);
            if (m_claim.isOverruled || shard->claims.front(m_claim.hash) != &m_claim)
                return Commit::Again;
            if (m_claim.first == Claim::Note::Removed && !fresh) {
                m_claim.first = std::exchange(m_claim.second, Claim::Note::None);
                return Commit::AgainAbsent;
            }
            if (m_claim.first != Claim::Note::None) {
                leaveLocked(shard);
                return Commit::Done; // just before what overtook it
            }
            const Position now = findIn(shard.table(), m_claim.hash, key);
            const Observers *observers = m_engine.observersOf(pin);
            if (fresh && !now) {
                const Node *written = fresh->get();
                if (!m_engine.addLocked(pin, shard, *fresh))
                    continue;
                leaveLocked(shard);
                shard.unlock();
                m_engine.tell(observers, written, MapChange::Written);
            } else if (fresh) {
                leaveLocked(shard);
                m_engine.putLocked(pin, shard, now, *fresh);
                m_engine.tell(observers, now.node, MapChange::Written);
            } else if (now) {
                leaveLocked(shard);
                m_engine.removeLocked(pin, *shard, now.index);
                shard.unlock();
                m_engine.retireNode(pin, now.node);
                m_engine.tell(observers, now.node, MapChange::Removed);
            }
            return Commit::Done; // a key that is absent already is not removed
        }
    }

private:
    void enqueue()
    {
        for (int round = 0;; ++round) {
            {
                Writer pin(m_engine.m_domain);
                LockedShard shard(m_engine, pin, m_claim.hash);
                Claim *front = shard->claims.front(m_claim.hash);
                if (!front || m_mayWait)
                    return shard->claims.append(m_claim);
                if (front->age > m_claim.age) {
                    front->isOverruled = true;
                    return shard->claims.prepend(m_claim);
                }
            }
            Traits::rest(round);
        }
    }

    void leaveLocked(LockedShard &shard) noexcept
    {
        shard->claims.remove(m_claim);
        m_hasLeft = true;
    }

    bool isMyTurn()
    {
        Writer pin(m_engine.m_domain);
        LockedShard shard(m_engine, pin, m_claim.hash);
        return shard->claims.front(m_claim.hash) == &m_claim;
    }

    Engine &m_engine;
    Claim m_claim;
    bool m_mayWait = true;
    bool m_hasLeft = false;
};

// step(const T *current) returns what to do: a node to put in, or null to remove the key, or nothing
// to leave it as it is. Runs under no lock, and under no pin if values can be copied.
template <typename Key, typename T, typename Traits>
template <typename Other, typename Step>
void Engine<Key, T, Traits>::modifyClaimed(quint64 hash, const Other &key, Step &&step)
{
    using Commit = typename ClaimedKey::Commit;
    ClaimedKey claimed(*this, hash, key);
    const auto run = [&](const T *current) {
        const Change change = [&] {
            const ComputationScope scope = computing(hash, key, claimed.age());
            return step(current);
        }();
        return change.isWrite ? claimed.commit(key, change.fresh) : Commit::Done;
    };
    for (Commit commit = Commit::Again; commit != Commit::Done;) {
        if (commit == Commit::AgainAbsent) {
            commit = run(nullptr);
        } else if constexpr (std::is_copy_constructible_v<T>) {
            std::optional<T> copy;
            claimed.look(key, [&copy](const Observed *seen) {
                if (seen)
                    copy.emplace(Value::valueOf(*seen));
            });
            commit = run(copy ? std::addressof(*copy) : nullptr);
        } else {
            claimed.look(key, [&](const Observed *seen) {
                commit = run(seen ? std::addressof(Value::valueOf(*seen)) : nullptr);
            });
        }
    }
}

// Under the lock, by a write that is about to take effect whatever the key has. A null node stands
// for the key of every claim.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::noteBlindWrite(Shard &shard, quint64 hash, const Key *key,
                                            Claim::Note note) noexcept
{
    shard.claims.forEach([&](Claim &claim) {
        if (!key || (claim.hash == hash && claim.isOfKey(claim.key, key)))
            claim.note(note);
    });
}

// Under the lock, by a read-modify-write without a claim that is about to commit: whether it must
// not, since somebody else has the turn.
template <typename Key, typename T, typename Traits>
bool Engine<Key, T, Traits>::isHeldOff(Shard &shard, quint64 hash, const Key &key,
                                       Attempt *attempt) noexcept
{
    Claim *front = shard.claims.front(hash);
    if (!front)
        return false;
    const Computation *&running = currentComputation();
    // Whose turn it is writes, or, in a release build, a function writes the key that it makes a
    // value for.
    if (!attempt || front->owner == &running) {
        noteBlindWrite(shard, hash, std::addressof(key), Claim::Note::Written);
        return false;
    }
    if (running && running->age < front->age) {
        front->isOverruled = true;
        return false;
    }
    attempt->metClaim = true;
    return true;
}

// What stands for a key is compared by a key that is made of it, since the two may be of two types.
template <typename Key, typename T, typename Traits>
template <typename Other>
bool Engine<Key, T, Traits>::isComputing(quint64 hash, const Other &key) const
{
    for (const Computation *each = currentComputation(); each; each = each->outer) {
        if (each->map != this || each->hash != hash)
            continue;
        const Key &made = keyFrom<Key>(key);
        if (each->isOfKey(each->key, std::addressof(made)))
            return true;
    }
    return false;
}

} // namespace SyncMapInternal
