// SPDX-License-Identifier: MIT

#pragma once

#include "contender.h"

#include "harness/timing.h"

#include <atomic>
#include <optional>
#include <thread>

namespace Benchmark {

// The timed loops, compiled for one contestant and one type of key. Values have the key's type.
template <template <typename, typename> class Map, typename Key>
class Runner final : public Contender<Key>
{
    using MapType = Map<Key, Key>;

public:
    explicit Runner(RunLength length) : m_length(length) { }

    void fill(const Stock<Key> &stock) override
    {
        m_stock = &stock;
        m_map.emplace(stock.entries);
        for (quint64 i = 0; i < stock.entries; ++i)
            m_map->add(made<Key>(i), made<Key>(i + 1)); // characters of their own
    }

    std::vector<Contestant> contestantsOf(const Cell &cell) override
    {
        const QString name = QString::fromLatin1(MapType::Name);
        const bool isOurs = name == QLatin1String(SyncMapName);
        if (!MapType::IsConcurrent && cell.threads > 1)
            return {};
        switch (cell.operation) {
        case Operation::Scaling:
            if (!isOurs)
                return {};
            return { contestant(name + QStringLiteral(", 1 thread"), cell, 1),
                     contestant(name + QStringLiteral(", 2 threads"), cell, 2) };
        case Operation::IterateBesideWriter:
        case Operation::WriteBesideIteration:
            if (!MapType::CanIterate)
                return {};
            break;
        case Operation::FindAll: {
            std::vector<Contestant> list { contestant(name, cell, 1) };
            if (isOurs) {
                Cell oneByOne = cell;
                oneByOne.operation = Operation::ReadByValue;
                list.push_back(contestant(name + QStringLiteral(", one by one"), oneByOne, 1));
            }
            return list;
        }
        default:
            break;
        }
        return { contestant(name, cell, cell.threads) };
    }

private:
    using Thread = typename Stock<Key>::Thread;

    Contestant contestant(const QString &name, const Cell &cell, int threads)
    {
        // How many operations make a run of about the wanted length is found out in the first.
        const auto count = std::make_shared<quint64>(0);
        return { name, threads, [this, cell, threads, count] {
                    if (*count == 0)
                        *count = countFor(cell, threads);
                    return rate(cell, threads, *count);
                } };
    }

    quint64 countFor(const Cell &cell, int threads)
    {
        switch (cell.operation) {
        case Operation::Insert:
        case Operation::ReadBesideWriter:
        case Operation::WriteBesideReader:
        case Operation::IterateBesideWriter:
        case Operation::WriteBesideIteration:
            return 1; // their runs have a length of their own
        default:
            break;
        }
        for (quint64 count = 1024;; count *= 4) {
            // The best of a few: one that was interrupted would make all the runs too short.
            double perSecond = 0;
            for (int i = 0; i < 3; ++i)
                perSecond = std::max(perSecond, rate(cell, threads, count) / threads);
            if (double(count) / perSecond > m_length.seconds / 8 || count > (Q_UINT64_C(1) << 40))
                return quint64(perSecond * m_length.seconds) + 1;
        }
    }

    const Thread &own(int thread) const { return m_stock->threads[std::size_t(thread)]; }

    double rate(const Cell &cell, int threads, quint64 count)
    {
        const MapType &map = *m_map;
        switch (cell.operation) {
        case Operation::Scaling:
        case Operation::ReadInPlace:
            return read(cell, threads, count, [&map](const Key &key, quint64 &sum) {
                return map.visit(key, [&sum](const Key &value) { sum += weight(value); });
            });
        case Operation::ReadCopied:
            return read(cell, threads, count, [&map](const Key &key, quint64 &sum) {
                return map.copy(key, [&sum](const Key &value) { sum += weight(value); });
            });
        case Operation::ReadByValue:
            return read(cell, threads, count, [&map](const Key &key, quint64 &sum) {
                const std::optional<Key> value = map.find(key);
                if (value)
                    sum += weight(*value);
                return value.has_value();
            });
        case Operation::Miss:
            return miss(threads, count);
        case Operation::Write1:
            return readAndWrite(cell, threads, count, 1);
        case Operation::Write10:
            return readAndWrite(cell, threads, count, 10);
        case Operation::Write50:
            return readAndWrite(cell, threads, count, 50);
        case Operation::InsertRemove:
            return insertAndRemove(threads, count);
        case Operation::Insert:
            return insertAll(threads);
        case Operation::ReadBesideWriter:
            return beside(cell).reads;
        case Operation::WriteBesideReader:
            return beside(cell).writes;
        case Operation::IterateBesideWriter:
            return besideIteration(cell).reads;
        case Operation::WriteBesideIteration:
            return besideIteration(cell).writes;
        case Operation::FindAll:
            return findAll(count);
        }
        return 0;
    }

    // Each run goes on in the sequences where the one before it stopped.
    template <typename Body>
    double repeated(int threads, quint64 count, Body &&body)
    {
        const quint64 from = m_from;
        m_from += count;
        const double seconds = timeOf(
                threads, [&](int thread) { body(thread, from, from + count); },
                [this](int thread) { enter(thread); });
        return threads * double(count) / seconds;
    }

    // What a thread does once in its life is not timed.
    void enter(int thread)
    {
        MapType::enterThread();
        m_map->visit(own(thread).hits[0], [](const Key &value) { keep(weight(value)); });
    }

    template <typename Read>
    double read(const Cell &cell, int threads, quint64 count, Read &&read)
    {
        return repeated(threads, count, [&](int thread, quint64 from, quint64 to) {
            const Sequence<Key> &asked = own(thread).asked(cell.choice);
            quint64 sum = 0;
            quint64 found = 0;
            for (quint64 i = from; i != to; ++i)
                found += read(asked[i], sum);
            expect(found, to - from);
            keep(sum);
        });
    }

    double miss(int threads, quint64 count)
    {
        return repeated(threads, count, [&](int thread, quint64 from, quint64 to) {
            const Sequence<Key> &asked = own(thread).misses;
            quint64 sum = 0;
            quint64 found = 0;
            for (quint64 i = from; i != to; ++i)
                found += m_map->visit(asked[i], [&sum](const Key &value) { sum += weight(value); });
            expect(found, 0);
            keep(sum);
        });
    }

    double readAndWrite(const Cell &cell, int threads, quint64 count, int writesInAHundred)
    {
        return repeated(threads, count, [&](int thread, quint64 from, quint64 to) {
            const Sequence<Key> &asked = own(thread).asked(cell.choice);
            const Sequence<Key> &values = own(thread).values;
            Writes writes(writesInAHundred);
            quint64 sum = 0;
            for (quint64 i = from; i != to; ++i) {
                if (writes.next())
                    m_map->insert(asked[i], values[i]);
                else
                    m_map->visit(asked[i], [&sum](const Key &value) { sum += weight(value); });
            }
            keep(sum);
        });
    }

    // Two operations at a time.
    double insertAndRemove(int threads, quint64 count)
    {
        const quint64 pairs = (count + 1) / 2;
        return 2 * repeated(threads, pairs, [&](int thread, quint64 from, quint64 to) {
                   const Sequence<Key> &fresh = own(thread).fresh;
                   const Sequence<Key> &values = own(thread).values;
                   quint64 removed = 0;
                   for (quint64 i = from; i != to; ++i) {
                       m_map->add(fresh[i], values[i]);
                       removed += m_map->remove(fresh[i]);
                   }
                   expect(removed, to - from);
               });
    }

    // All keys into an empty map, which grows; small maps by the hundred, the threads together from
    // one to the next. That the maps are made and destroyed is not timed. Once more before: a heap
    // is the quicker or slower for what was freed last, and each contestant shall find its own.
    double insertAll(int threads)
    {
        fillMaps(threads);
        return fillMaps(threads);
    }

    double fillMaps(int threads)
    {
        const quint64 entries = m_stock->entries;
        const quint64 mapCount = std::max<quint64>(1, 200'000 / entries);
        std::vector<std::optional<MapType>> maps(mapCount);
        for (std::optional<MapType> &map : maps)
            map.emplace(entries);
        std::atomic<quint64> arrived { 0 };
        const double seconds = timeOf(
                threads,
                [&](int thread) {
                    quint64 expected = 0;
                    for (std::optional<MapType> &map : maps) {
                        expected += quint64(threads);
                        arrived.fetch_add(1);
                        for (int spins = 0; arrived.load() < expected; ++spins) {
                            if (spins > 10'000)
                                std::this_thread::yield(); // a busy machine
                        }
                        insertShare(*map, thread, threads);
                    }
                },
                [this](int thread) { enter(thread); });
        return double(entries * mapCount) / seconds;
    }

    void insertShare(MapType &map, int thread, int threads)
    {
        const quint64 entries = m_stock->entries;
        const quint64 begin = entries * quint64(thread) / quint64(threads);
        const quint64 end = entries * quint64(thread + 1) / quint64(threads);
        const Sequence<Key> &values = own(thread).values;
        for (quint64 i = begin; i != end; ++i)
            map.add(m_stock->keys[i], values[i]);
    }

    struct Rates
    {
        double reads = 0;
        double writes = 0;
    };

    // One thread writes as long as the other one reads.
    template <typename Read> // from where it begins to how much it has read
    Rates besideWriter(const Cell &cell, Read &&read)
    {
        std::atomic<bool> isDone { false };
        const quint64 from = m_from;
        quint64 reads = 0;
        quint64 writes = 0;
        const double seconds = timeOf(
                2,
                [&](int thread) {
                    if (thread == 0) {
                        reads = read(from);
                        isDone.store(true, std::memory_order_relaxed);
                        return;
                    }
                    const Sequence<Key> &asked = own(thread).asked(cell.choice);
                    const Sequence<Key> &values = own(thread).values;
                    quint64 i = from;
                    // relaxed: the threads are joined.
                    for (; !isDone.load(std::memory_order_relaxed); ++i)
                        m_map->insert(asked[i], values[i]);
                    writes = i - from;
                },
                [this](int thread) { enter(thread); });
        m_from += std::max(reads, writes);
        // A writer that was locked out all the time did less than one write, not none.
        return { double(reads) / seconds, std::max(double(writes), 0.5) / seconds };
    }

    Rates beside(const Cell &cell)
    {
        return besideWriter(cell, [&](quint64 from) {
            const Sequence<Key> &asked = own(0).asked(cell.choice);
            const Clock::time_point end = ending();
            quint64 sum = 0;
            quint64 i = from;
            while (Clock::now() < end) {
                for (int batch = 0; batch < 64; ++batch, ++i)
                    m_map->visit(asked[i], [&sum](const Key &value) { sum += weight(value); });
            }
            keep(sum);
            return i - from;
        });
    }

    // Whole iterations, one at least; an entry is an operation.
    Rates besideIteration(const Cell &cell)
    {
        if constexpr (MapType::CanIterate) {
            return besideWriter(cell, [&](quint64) {
                const Clock::time_point end = ending();
                quint64 sum = 0;
                quint64 seen = 0;
                do {
                    m_map->forEach([&](const Key &, const Key &value) {
                        sum += weight(value);
                        ++seen;
                    });
                } while (Clock::now() < end);
                keep(sum);
                return seen;
            });
        } else {
            Q_UNUSED(cell);
            return {};
        }
    }

    // A key is an operation.
    double findAll(quint64 count)
    {
        const std::vector<QList<Key>> &lists = m_stock->lists;
        const quint64 calls = count / FindAllKeys + 1;
        return FindAllKeys * repeated(1, calls, [&](int, quint64 from, quint64 to) {
                   quint64 sum = 0;
                   quint64 found = 0;
                   const auto use = [&](const Key &value) {
                       sum += weight(value);
                       ++found;
                   };
                   for (quint64 i = from; i != to; ++i) {
                       const QList<Key> &list = lists[i % lists.size()];
                       if constexpr (MapType::CanFindAll) {
                           m_map->findAll(list, use);
                       } else {
                           for (const Key &key : list)
                               m_map->copy(key, use);
                       }
                   }
                   expect(found, (to - from) * FindAllKeys);
                   keep(sum);
               });
    }

    Clock::time_point ending() const
    {
        return Clock::now()
                + std::chrono::duration_cast<Clock::duration>(Seconds(m_length.seconds));
    }

    static void expect(quint64 found, quint64 expected)
    {
        if (found != expected)
            qFatal("%s found %llu of %llu keys", MapType::Name,
                   static_cast<unsigned long long>(found),
                   static_cast<unsigned long long>(expected));
    }

    const RunLength m_length;
    const Stock<Key> *m_stock = nullptr;
    std::optional<MapType> m_map;
    quint64 m_from = 0;
};

template <template <typename, typename> class Map, typename Key>
std::unique_ptr<Contender<Key>> makeRunner(RunLength length)
{
    return std::make_unique<Runner<Map, Key>>(length);
}

} // namespace Benchmark
