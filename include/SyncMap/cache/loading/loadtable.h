// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <chrono>
#include <memory>
#include <unordered_map>
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
            if (it->second.running->key == key)
                return &it->second;
        }
        return nullptr;
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
        return {};
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
    }

private:
    std::unordered_multimap<quint64, Flight> m_flights;
};

} // namespace SyncMapInternal
