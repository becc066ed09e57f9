// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Which loads are under way, by key: at most one that runs, or is about to, and one that waits for
// its end. Under the cache's lock. A \c Load has a key and its hash.
//
// Open addressing with linear probing, and removal by shifting back (Knuth, The Art of Computer
// Programming, volume 3, 6.4, algorithm R): a load that comes and goes allocates nothing here.
template <typename Load>
class LoadTable
{
public:
    using LoadPointer = std::shared_ptr<Load>;
    using Clock = std::chrono::steady_clock;

    struct Flight
    {
        LoadPointer running; // or in the queue
        LoadPointer waiting; // until that one ends, or was not wanted for long enough
        Clock::time_point unwantedSince {}; // of the one that runs
        quint64 hash = 0;
    };

    // None is under way, also none that was displaced.
    bool isEmpty() const noexcept { return m_count == 0; }

    // Each pointer is good until one is entered or leaves.

    template <typename Key>
    Flight *find(quint64 hash, const Key &key)
    {
        return findIf(hash, [&key](const Flight &flight) {
            return isSameKey(flight.running->key(), key);
        });
    }
    // The flight that it is in. By the load itself: this calls nothing of the keys.
    Flight *findFlightOf(const Load &load) noexcept
    {
        return findIf(load.hash, [&load](const Flight &flight) {
            return flight.running.get() == &load || flight.waiting.get() == &load;
        });
    }
    // \a next takes the place of the one that runs, which goes on for those who wait for it, and is
    // known until it ends. Throws std::bad_alloc, with no effect.
    void displace(Flight &flight, LoadPointer next)
    {
        m_displaced.insert(flight.running);
        ++m_count;
        flight.running->isWanted = false;
        flight.running = std::move(next);
        flight.unwantedSince = {};
    }

    // Throws std::bad_alloc, with no effect.
    void enter(const LoadPointer &load)
    {
        constexpr std::size_t least = 16;
        if (4 * (m_inFlight + 1) > 3 * m_flights.size())
            growTo(qMax(least, 2 * m_flights.size()));
        Flight &flight = freePlaceFor(load->hash);
        flight.running = load;
        flight.hash = load->hash;
        ++m_inFlight;
        ++m_count;
    }

    struct Left
    {
        LoadPointer load; // the one that was left for: the table's reference
        LoadPointer next; // the one that is to begin now
        std::vector<Flight> room; // that many had needed, and nobody does any more
    };
    // \a load has ended, or is not counted any more.
    Left leave(const Load &load) noexcept
    {
        if (Flight *flight = findFlightOf(load)) {
            if (flight->waiting.get() == &load)
                return { std::exchange(flight->waiting, nullptr), nullptr, {} };
            Left left;
            left.load = std::exchange(flight->running, std::exchange(flight->waiting, nullptr));
            left.next = flight->running;
            flight->unwantedSince = {};
            if (!flight->running)
                close(std::size_t(flight - m_flights.data()), left.room);
            return left;
        }
        if (m_displaced.empty())
            return {};
        Left left;
        const LoadPointer itself(LoadPointer(), const_cast<Load *>(&load)); // owns nothing
        const auto found = m_displaced.find(itself);
        if (found != m_displaced.end()) {
            left.load = *found;
            m_displaced.erase(found);
            --m_count;
        }
        return left;
    }

    // Calls \a f with each load.
    template <typename Function>
    void forEach(Function &&f) const
    {
        for (const Flight &flight : m_flights) {
            if (flight.running)
                f(flight.running);
            if (flight.waiting)
                f(flight.waiting);
        }
        for (const LoadPointer &load : m_displaced)
            f(load);
    }
    void swap(LoadTable &other) noexcept
    {
        m_flights.swap(other.m_flights);
        std::swap(m_inFlight, other.m_inFlight);
        std::swap(m_count, other.m_count);
        m_displaced.swap(other.m_displaced);
    }

private:
    std::size_t next(std::size_t place) const noexcept
    {
        return (place + 1) & (m_flights.size() - 1);
    }
    std::size_t homeOf(quint64 hash) const noexcept
    {
        return std::size_t(hash) & (m_flights.size() - 1);
    }

    template <typename Predicate>
    Flight *findIf(quint64 hash, Predicate &&predicate)
    {
        if (m_inFlight == 0)
            return nullptr;
        for (std::size_t i = homeOf(hash); m_flights[i].running; i = next(i)) {
            if (m_flights[i].hash == hash && predicate(std::as_const(m_flights[i])))
                return &m_flights[i];
        }
        return nullptr;
    }
    Flight &freePlaceFor(quint64 hash) noexcept
    {
        std::size_t i = homeOf(hash);
        while (m_flights[i].running)
            i = next(i);
        return m_flights[i];
    }
    void growTo(std::size_t size)
    {
        std::vector<Flight> old(size);
        old.swap(m_flights);
        for (Flight &flight : old) {
            if (flight.running)
                freePlaceFor(flight.hash) = std::move(flight);
        }
    }
    // The flight in this place is over: what comes after it, and would be found through it, moves up.
    void close(std::size_t hole, std::vector<Flight> &room) noexcept
    {
        constexpr std::size_t many = 1024;
        const std::size_t mask = m_flights.size() - 1;
        for (std::size_t i = next(hole); m_flights[i].running; i = next(i)) {
            const std::size_t fromHome = (i - homeOf(m_flights[i].hash)) & mask;
            if (fromHome >= ((i - hole) & mask)) {
                m_flights[hole] = std::exchange(m_flights[i], {});
                hole = i;
            }
        }
        --m_count;
        if (--m_inFlight == 0 && m_flights.size() > many)
            room.swap(m_flights);
    }

    std::vector<Flight> m_flights; // a power of two, or none
    std::size_t m_inFlight = 0; // of these, those that have a load
    std::size_t m_count = 0; // and with those that were displaced
    std::unordered_set<LoadPointer> m_displaced; // few: they do not listen
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
