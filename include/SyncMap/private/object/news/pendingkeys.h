// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/observer.h>

#include <QtCore/qglobal.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The keys that changed and wait to be taken, each once, in the order in which they came. A key is
// recognised by the hash that the map has computed already, and by ==.
//
// They are taken in rounds: what waits when a round begins is taken before whatever comes later, so
// that nobody waits for a key that changes all the time.
//
// A ring of places, and an index of them by hash. What is taken out of its midst leaves an empty
// place, until the ring has come there.
template <typename Key>
class PendingKeys
{
public:
    struct Pending
    {
        Pending(Key itsKey, quint64 itsHash, MapChange itsChange)
            : key(std::move(itsKey)), hash(itsHash), change(itsChange)
        {
        }

        Key key;
        quint64 hash;
        MapChange change; // the last one
    };
    using List = std::vector<Pending>;

    bool isEmpty() const noexcept { return m_count == 0; }
    std::size_t places() const noexcept { return m_capacity; }
    // No key of it waits any more.
    bool isRoundOver() const noexcept { return m_ofRound == 0; }

    // Throws std::bad_alloc, and what copying a key throws, with no effect.
    void add(const Key &key, quint64 hash, MapChange change)
    {
        if (m_used == m_capacity)
            makeRoom();
        const std::size_t slot = slotFor(key, hash);
        if (m_index[slot] != 0) {
            m_places[m_index[slot] - 1]->change = change;
            return;
        }
        const std::size_t place = placeAt(m_used);
        m_places[place].emplace(key, hash, change);
        m_index[slot] = quint32(place + 1);
        ++m_used;
        ++m_count;
    }

    void beginRound() noexcept
    {
        m_ofRound = m_used;
        tidyUp();
    }

    // Moves the first keys of the round to the end of \a list. If it throws, for want of memory, the
    // others stay.
    void takeFirst(List &list, std::size_t most)
    {
        for (; m_ofRound != 0 && most != 0; --most) {
            list.push_back(std::move_if_noexcept(*m_places[m_first]));
            erase(slotOfPlace(m_first));
            tidyUp();
        }
    }

    // Wherever it waits. What became of it last, if it does.
    std::optional<MapChange> takeOut(const Key &key, quint64 hash)
    {
        if (isEmpty())
            return std::nullopt;
        const std::size_t slot = slotFor(key, hash);
        if (m_index[slot] == 0)
            return std::nullopt;
        const MapChange change = m_places[m_index[slot] - 1]->change;
        erase(slot);
        tidyUp();
        return change;
    }

    // Of what became of one key where the order is not known: a removal counts, then an
    // invalidation, and else any.
    static MapChange heavier(MapChange one, MapChange other) noexcept
    {
        return weightOf(other) > weightOf(one) ? other : one;
    }

private:
    static constexpr int weightOf(MapChange change) noexcept
    {
        return change == MapChange::Removed ? 2 : change == MapChange::Invalidated ? 1 : 0;
    }

    using Place = std::optional<Pending>;

    static constexpr std::size_t FewestPlaces = 8;
    static constexpr std::size_t ManyPlaces = 2048; // are given back once they are empty

    std::size_t placeAt(std::size_t distance) const noexcept
    {
        return (m_first + distance) & (m_capacity - 1);
    }
    std::size_t slotOf(quint64 hash) const noexcept { return hash & (m_capacity * 2 - 1); }
    std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (m_capacity * 2 - 1); }

    // Where the key is, or would be.
    std::size_t slotFor(const Key &key, quint64 hash) const
    {
        std::size_t slot = slotOf(hash);
        for (; m_index[slot] != 0; slot = next(slot)) {
            const Pending &known = *m_places[m_index[slot] - 1];
            if (known.hash == hash && known.key == key)
                break;
        }
        return slot;
    }

    std::size_t slotOfPlace(std::size_t place) const noexcept
    {
        std::size_t slot = slotOf(m_places[place]->hash);
        while (m_index[slot] != place + 1)
            slot = next(slot);
        return slot;
    }

    // Closes the gap: of the run of slots behind it, those move up that are sought from there on.
    void erase(std::size_t slot) noexcept
    {
        m_places[m_index[slot] - 1].reset();
        --m_count;
        for (std::size_t other = next(slot); m_index[other] != 0; other = next(other)) {
            const std::size_t home = slotOf(m_places[m_index[other] - 1]->hash);
            if (distance(home, other) >= distance(slot, other)) {
                m_index[slot] = m_index[other];
                slot = other;
            }
        }
        m_index[slot] = 0;
    }
    std::size_t distance(std::size_t from, std::size_t to) const noexcept
    {
        return (to - from) & (m_capacity * 2 - 1);
    }

    // Twice the places, unless half of them are empty.
    void makeRoom()
    {
        const std::size_t capacity =
                (std::max)(m_capacity * (m_count * 2 > m_capacity ? 2 : 1), FewestPlaces);
        std::vector<Place> places(capacity);
        std::vector<quint32> index(capacity * 2);
        std::size_t used = 0;
        std::size_t ofRound = 0;
        for (std::size_t i = 0; i < m_used; ++i) {
            if (Place &place = m_places[placeAt(i)]) {
                places[used++].emplace(std::move_if_noexcept(*place));
                ofRound += i < m_ofRound;
            }
        }
        m_capacity = capacity;
        m_places.swap(places);
        m_index.swap(index);
        m_first = 0;
        m_used = used;
        m_ofRound = ofRound;
        for (std::size_t i = 0; i < used; ++i) {
            std::size_t slot = slotOf(m_places[i]->hash);
            while (m_index[slot] != 0)
                slot = next(slot);
            m_index[slot] = quint32(i + 1);
        }
    }

    // The first place of the round is not empty.
    void tidyUp() noexcept
    {
        while (m_ofRound != 0 && !m_places[m_first]) {
            m_first = placeAt(1);
            --m_used;
            --m_ofRound;
        }
        if (m_count != 0)
            return;
        m_first = m_used = 0;
        if (m_capacity > ManyPlaces) {
            m_capacity = 0;
            m_places = {};
            m_index = {};
        }
    }

    std::size_t m_capacity = 0; // a power of two, of places
    std::vector<Place> m_places;
    std::size_t m_first = 0;
    std::size_t m_used = 0; // places from the first one on, with the empty ones in between
    std::size_t m_ofRound = 0; // of those, from the first one on
    std::size_t m_count = 0; // of keys
    std::vector<quint32> m_index; // of places, from 1; 0 is free
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
