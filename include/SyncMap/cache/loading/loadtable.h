// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <chrono>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace SyncMapInternal {

// Which loads are under way, by key: at most one that runs, or is about to, and one that waits for
// its end. Under the cache's lock. A \c Load has a key and its hash.
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
    };

    bool isEmpty() const noexcept { return m_flights.empty(); }

    template <typename Key>
    Flight *find(quint64 hash, const Key &key)
    {
        const auto [first, last] = m_flights.equal_range(hash);
        for (auto it = first; it != last; ++it) {
            if (it->second.running->key() == key)
                return &it->second;
        }
        return nullptr;
    }
    // The flight that it is in. By the load itself: this calls nothing of the keys.
    Flight *findFlightOf(const Load &load) noexcept
    {
        const auto [first, last] = m_flights.equal_range(load.hash);
        for (auto it = first; it != last; ++it) {
            if (it->second.running.get() == &load || it->second.waiting.get() == &load)
                return &it->second;
        }
        return nullptr;
    }
    // \a next takes the place of the one that runs, which goes on for those who wait for it, and is
    // known until it ends. Throws std::bad_alloc, with no effect.
    void displace(Flight &flight, LoadPointer next)
    {
        m_displaced.insert(flight.running);
        flight.running->isWanted = false;
        flight.running = std::move(next);
        flight.unwantedSince = {};
    }

    // Throws std::bad_alloc, with no effect.
    void enter(const LoadPointer &load)
    {
        Flight flight;
        flight.running = load;
        m_flights.emplace(load->hash, std::move(flight));
    }

    struct Left
    {
        LoadPointer load; // the one that was left for: the table's reference
        LoadPointer next; // the one that is to begin now
    };
    // \a load has ended, or is not counted any more.
    Left leave(const Load &load) noexcept
    {
        const auto [first, last] = m_flights.equal_range(load.hash);
        for (auto it = first; it != last; ++it) {
            Flight &flight = it->second;
            if (flight.waiting.get() == &load)
                return { std::exchange(flight.waiting, nullptr), nullptr };
            if (flight.running.get() != &load)
                continue;
            Left left;
            left.load = std::exchange(flight.running, std::exchange(flight.waiting, nullptr));
            left.next = flight.running;
            flight.unwantedSince = {};
            if (!flight.running)
                m_flights.erase(it);
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
        }
        return left;
    }

    // All that there are, which leave.
    template <typename Function>
    void takeAll(Function &&f)
    {
        auto flights = std::exchange(m_flights, {});
        for (auto &[hash, flight] : flights) {
            f(std::move(flight.running));
            if (flight.waiting)
                f(std::move(flight.waiting));
        }
        for (const LoadPointer &load : std::exchange(m_displaced, {}))
            f(load);
    }

private:
    std::unordered_multimap<quint64, Flight> m_flights;
    std::unordered_set<LoadPointer> m_displaced; // few: they do not listen
};

} // namespace SyncMapInternal
