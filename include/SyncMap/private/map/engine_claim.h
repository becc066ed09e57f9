// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/engine.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A read-modify-write with a claim; see claim.h.
template <typename Key, typename T, typename Traits>
class Engine<Key, T, Traits>::ClaimedKey
{
public:
    template <typename Other>
    ClaimedKey(Engine &engine, quint64 hash, const Other &key)
        : m_engine(engine), m_pause(engine.m_domain)
    {
        const Computation *running = currentComputation();
        m_mayWait = !running;
        m_claim.hash = hash;
        m_claim.owner = currentThreadMark();
        m_claim.seniority =
                running && !running->seniority.isNone() ? running->seniority : seniorityFromNow();
        m_claim.key = std::addressof(key);
        m_claim.isOfKey = &isClaimed<Other>;
        m_isWithinItself = running && engine.isComputing(hash, key);
        enqueue();
    }
    Q_DISABLE_COPY_MOVE(ClaimedKey)
    ~ClaimedKey()
    {
        if (m_hasLeft)
            return;
        Writer pin(m_engine.m_domain, m_pause.slot());
        LockedShard shard(m_engine, pin, m_claim.hash);
        leaveLocked(shard);
    }

    // Not under a pin of this thread, which would hold back what others free.
    void waitForTurn()
    {
        for (int round = 0; !isMyTurn(); ++round) {
            if (m_mayWait)
                m_claim.turn.wait();
            else
                Traits::rest(round);
        }
    }

    // Around somebody's function.
    ComputationScope computing() noexcept
    {
        return ComputationScope(&m_engine, m_claim.hash, m_claim.key, m_claim.isOfKey,
                                m_claim.seniority);
    }

    // Calls look(node, observed), with nulls if the key is absent, under a pin: when it is this one's
    // turn, for what the key had at a moment at which there was no note yet.
    template <typename Other, typename Look>
    void look(const Other &key, Look &&look)
    {
        for (;;) {
            {
                Writer pin(m_engine.m_domain, m_pause.slot());
                LockedShard shard(m_engine, pin, m_claim.hash);
                if (shard->claims.front(m_claim.hash) == &m_claim) {
                    m_claim.beginAnew();
                    const Position seen = findIn(shard.table(), m_claim.hash, key);
                    if (!seen) {
                        shard.unlock();
                        return look(nullptr, static_cast<const Observed *>(nullptr));
                    }
                    const Observed observed = seen.node->value.observe();
                    shard.unlock();
                    return look(seen.node, &observed);
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
        Writer pin(m_engine.m_domain, m_pause.slot());
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
                Writer pin(m_engine.m_domain, m_pause.slot());
                LockedShard shard(m_engine, pin, m_claim.hash);
                Claim *front = shard->claims.front(m_claim.hash);
                if (!front || m_mayWait)
                    return shard->claims.append(m_claim);
                // The turn of this thread itself, for another key with that hash, or of a younger one.
                if (front->owner == m_claim.owner || m_claim.seniority < front->seniority) {
                    shard->claims.overrule(m_claim.hash, m_claim.seniority);
                    if (m_isWithinItself)
                        shard->claims.overruleByOwner(m_claim.hash, m_claim.owner);
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
        Writer pin(m_engine.m_domain, m_pause.slot());
        LockedShard shard(m_engine, pin, m_claim.hash);
        return shard->claims.front(m_claim.hash) == &m_claim;
    }

    Engine &m_engine;
    // Before the claim, and until after it.
    CollectionPause<Traits> m_pause;
    Claim m_claim;
    bool m_mayWait = true;
    bool m_isWithinItself = false; // called by what this thread makes for the same key
    bool m_hasLeft = false;
};

// step(const T *current) returns what to do: a node to put in, or null to remove the key, or nothing
// to leave it as it is. Runs under no lock, and under no pin if values can be copied.
template <typename Key, typename T, typename Traits>
template <typename Other, typename Step>
void Engine<Key, T, Traits>::modifyClaimed(quint64 hash, const Other &key, Step &&step)
{
    modifyClaimed(hash, key, std::forward<Step>(step), [](Node &) {});
}

template <typename Key, typename T, typename Traits>
template <typename Other, typename Step, typename Removed>
void Engine<Key, T, Traits>::modifyClaimed(quint64 hash, const Other &key, Step &&step,
                                           Removed &&removed)
{
    using Commit = typename ClaimedKey::Commit;
    ClaimedKey claimed(*this, hash, key);
    // While there is a claim, all that is the user's runs as its function: copies and their
    // destructors, too.
    const auto make = [&](const T *current) -> Change {
        const ComputationScope scope = claimed.computing();
        return step(current);
    };
    const auto commitOf = [&](const Change &change) {
        return change.isWrite ? claimed.commit(key, change.fresh) : Commit::Done;
    };
    for (Commit commit = Commit::Again; commit != Commit::Done;) {
        if (commit == Commit::AgainAbsent) {
            commit = commitOf(make(nullptr));
        } else if constexpr (std::is_copy_constructible_v<T>) {
            const Change change = [&] {
                const ComputationScope scope = claimed.computing();
                std::optional<T> copy;
                claimed.look(key, [&copy](Node *, const Observed *seen) {
                    if (seen)
                        copy.emplace(Value::valueOf(*seen));
                });
                return step(copy ? std::addressof(*copy) : nullptr);
            }();
            commit = commitOf(change);
        } else {
            claimed.look(key, [&](Node *node, const Observed *seen) {
                const Change change = make(seen ? std::addressof(Value::valueOf(*seen)) : nullptr);
                commit = commitOf(change);
                if (commit == Commit::Done && change.isWrite && !change.fresh && node)
                    removed(*node);
            });
        }
    }
}

// Under the lock, by a write that is going to take effect whatever the key has. A null key stands for
// that of every claim. Without a note: a read-modify-write of the claim's own thread.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::noteBlindWrite(Shard &shard, quint64 hash, const Key *key,
                                            typename Claim::Note note) noexcept
{
    shard.claims.forEach([&](Claim &claim) {
        QT_TRY
        {
            if (key && (claim.hash != hash || !claim.isOfKey(claim.key, key)))
                return;
            if (note == Claim::Note::None)
                claim.beOverruledByOwner();
            else
                claim.note(note);
        }
        QT_CATCH(...)
        {
            claim.isOverruled = true; // perhaps its key: it looks again
        }
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
    // By whose turn it is.
    if (!attempt) {
        noteBlindWrite(shard, hash, std::addressof(key), Claim::Note::Written);
        return false;
    }
    // By what its function calls, perhaps for the same key.
    if (front->owner == currentThreadMark()) {
        noteBlindWrite(shard, hash, std::addressof(key), Claim::Note::None);
        return false;
    }
    const Computation *running = currentComputation();
    if (running && running->seniority < front->seniority) {
        shard.claims.overrule(hash, running->seniority);
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

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
