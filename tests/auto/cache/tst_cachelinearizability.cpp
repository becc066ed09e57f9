// SPDX-License-Identifier: MIT

// What several threads do to one key of a cache can be explained by one order, in which the cache
// may remove the key at any moment.

#include "linearizability.h"
#include "seed.h"
#include "threads.h"
#include "validatedcache.h"

#include <QtTest/qtest.h>

#include <array>
#include <chrono>
#include <random>

using namespace Linearizability;

namespace {

quint64 seed = 0;

constexpr int KeyCount = 6;
constexpr int Capacity = 4; // so that keys are evicted all the time
constexpr int OperationCount = 500;
constexpr int RoundCount = 12;
constexpr int ThreadCount = 3;

using Cache = ValidatedCache<int, int>;
using History = std::array<std::vector<Operation>, KeyCount>;

qint64 now()
{
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

Value idOf(const std::optional<int> &value)
{
    return value.value_or(Absent);
}

// One thread of a history.
class Actor
{
public:
    Actor(Cache &cache, int number, quint64 itsSeed)
        : m_cache(cache), m_number(number), m_random(itsSeed)
    {
    }

    void run()
    {
        for (int i = 0; i < OperationCount; ++i)
            step(int(m_random() % KeyCount));
    }
    const History &history() const { return m_history; }

private:
    void step(int key)
    {
        Operation operation;
        operation.argument = ++m_made * 16 + m_number;
        operation.called = now();
        switch (m_random() % 9) {
        case 0:
            operation.kind = Kind::Insert;
            if (!m_cache.insert(key, operation.argument))
                qFatal("a value was refused that can fit");
            break;
        case 1:
            operation.kind = Kind::Remove;
            operation.told = m_cache.remove(key);
            break;
        case 2:
            operation.kind = Kind::Take;
            operation.result = idOf(m_cache.take(key));
            break;
        case 3: {
            operation.kind = Kind::TryInsert;
            const auto result = m_cache.tryInsert(key, operation.argument);
            operation.told = result.inserted;
            operation.result = result.value;
            break;
        }
        case 4:
            operation.kind = Kind::Exchange;
            operation.result = idOf(m_cache.exchange(key, operation.argument));
            break;
        case 5:
            operation.kind = Kind::Compute;
            if (m_random() % 4 == 0)
                operation.argument = Absent;
            m_cache.compute(key, [&operation](const int *current) -> std::optional<int> {
                operation.result = current ? *current : Absent;
                if (operation.argument == Absent)
                    return std::nullopt;
                return operation.argument;
            });
            break;
        case 6:
            operation.kind = Kind::Contains;
            operation.told = m_cache.contains(key);
            break;
        default:
            operation.kind = Kind::Find;
            operation.result = idOf(m_cache.find(key));
        }
        operation.returned = now();
        m_history[std::size_t(key)].push_back(operation);
    }

    Cache &m_cache;
    const int m_number; // less than 16
    std::mt19937_64 m_random;
    History m_history;
    Value m_made = 0;
};

bool isExplained(const std::vector<Operation> &history)
{
    return !Checker(history, Presence::Fleeting).findInexplicable();
}

Operation at(qint64 called, qint64 returned, Kind kind, Value argument, Value result = Absent)
{
    Operation operation;
    operation.kind = kind;
    operation.argument = argument;
    operation.result = result;
    operation.called = called;
    operation.returned = returned;
    return operation;
}

// With a thread that lets time pass, if entries have any.
void explain(std::chrono::milliseconds timeToLive)
{
    quint64 lost = 0;
    for (int round = 0; round < RoundCount; ++round) {
        const quint64 itsSeed = seed + quint64(round);
        SyncCacheManualClock clock;
        Cache cache(Capacity);
        cache.setClock(&clock);
        cache.setTimeToLive(timeToLive);
        std::vector<Actor> actors;
        for (int i = 0; i < ThreadCount; ++i)
            actors.emplace_back(cache, i, itsSeed * 31 + quint64(i));
        runInThreads(ThreadCount + 1, [&](int i) {
            if (i < ThreadCount)
                return actors[std::size_t(i)].run();
            for (int step = 0; step < OperationCount / 4; ++step) {
                clock.advance(std::chrono::milliseconds(1));
                std::this_thread::yield();
            }
        });
        for (std::size_t key = 0; key < KeyCount; ++key) {
            std::vector<Operation> history;
            for (const Actor &actor : actors) {
                const std::vector<Operation> &part = actor.history()[key];
                history.insert(history.end(), part.begin(), part.end());
            }
            if (!isExplained(history))
                QFAIL("no order explains key " + QByteArray::number(int(key)) + " of seed "
                      + QByteArray::number(itsSeed));
        }
        const auto statistics = cache.statistics();
        lost += statistics.removals(SyncCacheRemovalCause::Evicted)
                + statistics.removals(SyncCacheRemovalCause::Expired);
    }
    QVERIFY(lost > 100); // or the histories prove little
}

} // namespace

class tst_CacheLinearizability : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void checkerAcceptsThatAKeyVanishes()
    {
        QVERIFY(isExplained({ at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Find, 0, Absent) }));
        QVERIFY(isExplained({ at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Exchange, 2, Absent) }));
    }
    void checkerRejectsThatItComesBack()
    {
        QVERIFY(!isExplained({ at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Find, 0, Absent),
                               at(4, 5, Kind::Find, 0, 1) }));
        QVERIFY(!isExplained({ at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Insert, 2),
                               at(4, 5, Kind::Find, 0, 1) }));
        QVERIFY(!isExplained({ at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Take, 0, 1),
                               at(4, 5, Kind::Take, 0, 1) }));
    }

    void whatIsEvicted() { explain(SyncCacheForever); }
    void whatExpires() { explain(std::chrono::milliseconds(2)); }
};

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_CacheLinearizability test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_cachelinearizability.moc"
