// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

// Decides whether what several threads did to one key of a map, and what they were told, can be
// explained by one order of the operations in which each takes effect between its call and its
// return. Exhaustive: the just-in-time search of Lowe ("Testing for linearizability", 2017) over
// the configurations of Wing and Gong (1993): a state of the key, and which of the operations
// under way have taken effect.
namespace Linearizability {

// Values are ids, each written once in a history, so that a value tells where it came from. Absent
// is no value.
using Value = int;
inline constexpr Value Absent = 0;

enum class Kind : quint8 {
    Contains, // told
    Find, // result
    Insert, // argument
    InsertOrAssign, // argument; told if the key was new
    Replace, // argument; told if the key was there
    Remove, // told
    RemoveIfEqual, // expected, told
    Take, // result
    TryInsert, // argument, result; told if it was inserted
    Exchange, // argument, result
    CompareExchange, // expected, argument, told
    Compute, // result is what the function saw, argument what it made of it, also Absent
    Clear,
};

struct Operation
{
    Kind kind = Kind::Find;
    Value argument = Absent;
    Value expected = Absent;
    Value result = Absent;
    bool told = false;
    // Of one clock that all threads share. Equal times count as overlapping.
    qint64 called = 0;
    qint64 returned = 0;
};

// The state of the key after the operation; none if the operation would have been told something
// else in that state.
inline std::optional<Value> effect(const Operation &operation, Value state)
{
    const auto unless = [](bool impossible, Value next) {
        return impossible ? std::nullopt : std::optional<Value>(next);
    };
    const bool present = state != Absent;
    const bool equal = present && state == operation.expected;
    switch (operation.kind) {
    case Kind::Contains:
        return unless(operation.told != present, state);
    case Kind::Find:
        return unless(operation.result != state, state);
    case Kind::Insert:
        return operation.argument;
    case Kind::InsertOrAssign:
        return unless(operation.told == present, operation.argument);
    case Kind::Replace:
        return unless(operation.told != present, present ? operation.argument : state);
    case Kind::Remove:
        return unless(operation.told != present, Absent);
    case Kind::RemoveIfEqual:
        return unless(operation.told != equal, equal ? Absent : state);
    case Kind::Take:
        return unless(operation.result != state, Absent);
    case Kind::TryInsert:
        if (operation.told)
            return unless(present, operation.argument);
        return unless(!present || operation.result != state, state);
    case Kind::Exchange:
    case Kind::Compute:
        return unless(operation.result != state, operation.argument);
    case Kind::CompareExchange:
        return unless(operation.told != equal, equal ? operation.argument : state);
    case Kind::Clear:
        return Absent;
    }
    Q_UNREACHABLE();
    return std::nullopt;
}

// Whether a key may be removed at any moment without anybody who asked for it, as by a cache that
// evicts or expires it.
enum class Presence : quint8 { Lasting, Fleeting };

class Checker
{
public:
    static constexpr int MaxOverlap = 64;

    explicit Checker(const std::vector<Operation> &history, Presence presence = Presence::Lasting)
        : m_history(history), m_presence(presence)
    {
    }

    // The index of the first operation to return for which there is no explanation; none if there
    // is one for each.
    std::optional<std::size_t> findInexplicable()
    {
        struct Event
        {
            qint64 time;
            bool returns;
            std::size_t operation;
        };
        std::vector<Event> events;
        for (std::size_t i = 0; i < m_history.size(); ++i) {
            events.push_back({ m_history[i].called, false, i });
            events.push_back({ m_history[i].returned, true, i });
        }
        std::sort(events.begin(), events.end(), [](const Event &a, const Event &b) {
            return std::pair(a.time, a.returns) < std::pair(b.time, b.returns);
        });

        m_configurations = { { Absent, 0 } };
        m_underWay.assign(MaxOverlap, nullptr);
        for (const Event &event : events) {
            const Operation *operation = &m_history[event.operation];
            const auto place = std::find(m_underWay.begin(), m_underWay.end(),
                                         event.returns ? operation : nullptr);
            if (place == m_underWay.end())
                qFatal("More operations overlap than the checker can hold");
            if (!event.returns) {
                *place = operation;
                continue;
            }
            finish(int(place - m_underWay.begin()));
            *place = nullptr;
            if (m_configurations.empty())
                return event.operation;
        }
        return std::nullopt;
    }

private:
    using Configuration = std::pair<Value, quint64>;

    // Lets operations take effect, in every possible order, until the one that returns has done so.
    void finish(int returning)
    {
        const quint64 bit = quint64(1) << returning;
        std::set<Configuration> seen = std::move(m_configurations);
        std::vector<Configuration> open(seen.begin(), seen.end());
        m_configurations.clear();
        while (!open.empty()) {
            const auto [state, done] = open.back();
            open.pop_back();
            if (done & bit) {
                m_configurations.insert({ state, done & ~bit });
                continue;
            }
            if (m_presence == Presence::Fleeting && seen.insert({ Absent, done }).second)
                open.push_back({ Absent, done });
            for (int i = 0; i < MaxOverlap; ++i) {
                if (!m_underWay[std::size_t(i)] || (done >> i) & 1)
                    continue;
                if (const auto next = effect(*m_underWay[std::size_t(i)], state)) {
                    const Configuration after(*next, done | (quint64(1) << i));
                    if (seen.insert(after).second)
                        open.push_back(after);
                }
            }
        }
    }

    const std::vector<Operation> &m_history;
    const Presence m_presence;
    std::set<Configuration> m_configurations;
    std::vector<const Operation *> m_underWay;
};

} // namespace Linearizability
