// SPDX-License-Identifier: MIT

#pragma once

#include "cell.h"

#include "harness/dice.h"

#include <QtCore/qlist.h>
#include <QtCore/qstring.h>

#include <algorithm>
#include <vector>

namespace Benchmark {

// The number-th key or value: all of them are different, and in no order.
template <typename T>
T made(quint64 number);

template <>
inline quint64 made<quint64>(quint64 number)
{
    return scrambled(number);
}

// Sixteen characters in memory of their own each time.
template <>
inline QString made<QString>(quint64 number)
{
    return QString::number(scrambled(number), 16).rightJustified(16, u'0');
}

// What a reader makes of a value: enough to have seen it. Not the characters of a text.
inline quint64 weight(quint64 value)
{
    return value;
}

inline quint64 weight(const QString &value)
{
    return quint64(value.size());
}

// Keys or values in the order in which they are used, over and over. A power of two of them.
template <typename T>
class Sequence
{
public:
    template <typename Number> // of the key or value to be made
    Sequence(quint64 length, Number &&number)
    {
        m_items.reserve(length);
        for (quint64 i = 0; i < length; ++i)
            m_items.push_back(made<T>(number(i)));
    }

    const T &operator[](quint64 index) const { return m_items[index & (m_items.size() - 1)]; }
    const std::vector<T> &items() const { return m_items; }

private:
    std::vector<T> m_items;
};

// All that the threads ask for and store in maps of one size, made before anything is timed. None
// of the texts shares its characters with one that is in a map from the start.
template <typename Key>
struct Stock
{
    // Few enough to stay in the second-level cache where the map does, so that it is the map that
    // is measured; and enough for each key of a larger one.
    static quint64 lengthFor(quint64 entries)
    {
        quint64 length = std::is_same_v<Key, QString> ? 2048 : 16'384;
        while (length < entries)
            length *= 2;
        return length;
    }

    struct Thread
    {
        Thread(quint64 entries, quint64 thread, Dice dice)
            : hits(lengthFor(entries), [&](quint64) { return dice.below(entries); }),
              hot(lengthFor(0), [&](quint64) { return dice.below(8); }),
              misses(lengthFor(entries), [&](quint64) { return entries + dice.below(entries); }),
              fresh(lengthFor(entries),
                    [&](quint64 i) { return 2 * entries + thread * lengthFor(entries) + i; }),
              values(std::min<quint64>(lengthFor(entries), 131'072),
                     [&](quint64) { return dice.below(Q_UINT64_C(1) << 32); })
        {
        }

        const Sequence<Key> &asked(Choice choice) const
        {
            return choice == Choice::Hot ? hot : hits;
        }

        Sequence<Key> hits;
        Sequence<Key> hot;
        Sequence<Key> misses;
        Sequence<Key> fresh; // keys that are in no map; two threads have different ones
        Sequence<Key> values;
    };

    explicit Stock(quint64 count) : entries(count)
    {
        for (quint64 i = 0; i < entries; ++i)
            keys.push_back(made<Key>(i));
        threads.emplace_back(entries, 0, Dice(1));
        threads.emplace_back(entries, 1, Dice(2));
        const std::vector<Key> &hits = threads.front().hits.items();
        for (std::size_t i = 0; i + FindAllKeys <= hits.size(); i += FindAllKeys)
            lists.emplace_back(hits.begin() + qsizetype(i),
                               hits.begin() + qsizetype(i) + FindAllKeys);
    }

    quint64 entries;
    std::vector<Key> keys; // what is in the maps
    std::vector<Thread> threads;
    std::vector<QList<Key>> lists; // for findAll()
};

// True for as many of a hundred operations as are to write, in a pattern that a processor learns:
// what it costs to guess wrong is no part of a map.
class Writes
{
public:
    explicit Writes(int ofAHundred)
    {
        std::fill_n(m_isWrite, ofAHundred, true);
        Dice dice(3);
        for (int i = 99; i > 0; --i)
            std::swap(m_isWrite[i], m_isWrite[dice.below(quint64(i) + 1)]);
    }

    bool next()
    {
        m_next = m_next == 99 ? 0 : m_next + 1;
        return m_isWrite[m_next];
    }

private:
    bool m_isWrite[100] = {};
    int m_next = 99;
};

} // namespace Benchmark
