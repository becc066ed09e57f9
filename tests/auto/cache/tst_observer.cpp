// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/qset.h>
#include <QtTest/qtest.h>

#include <thread>

using namespace SyncMapInternal;

namespace {

// Remembers what it was told. Its lock is its own: it is told under none of the map's.
template <typename Key>
class Witness : public MapObserver<Key>
{
public:
    void changed(const Key &key, quint64, MapChange change) noexcept override
    {
        const std::lock_guard lock(m_mutex);
        m_changes.append({ key, change });
    }
    void cleared() noexcept override { ++clears; }
    void anyChanged() noexcept override { ++floods; }
    void closing() noexcept override { ++closings; }
    void missed(const Key &, quint64) noexcept override { ++misses; }

    QList<std::pair<Key, MapChange>> take()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_changes, {});
    }

    std::atomic<int> clears { 0 };
    std::atomic<int> floods { 0 };
    std::atomic<int> closings { 0 };
    std::atomic<int> misses { 0 };

private:
    QMutex m_mutex;
    QList<std::pair<Key, MapChange>> m_changes;
};

using Changes = QList<std::pair<int, MapChange>>;
constexpr auto Written = MapChange::Written;
constexpr auto Removed = MapChange::Removed;
constexpr auto Evicted = MapChange::Evicted;
constexpr auto Expired = MapChange::Expired;

} // namespace

class tst_Observer : public QObject
{
    Q_OBJECT

private slots:
    void everyWayToWriteIsToldOnce();
    void everyWayToWriteIsToldOnce_data();
    void writeWithoutEffectIsNotTold();
    void clearIsToldAsAWhole();
    void lossesOfACacheAreToldAsSuch();
    void stalenessIsTold();
    void whatIsMissedIsToldAsSuch();
    void endIsTold();
    void detachedObserverIsToldNothing();
    void attachMissesNoWrite();
};

namespace {

// One map whose values are overwritten in place, and one with nodes.
template <typename T>
void everyWay(T one, T two)
{
    SyncMap<int, T> map;
    const auto witness = std::make_shared<Witness<int>>();
    Internals::engineOf(map).attach(witness);
    const auto told = [&] { return witness->take(); };

    map.insert(1, one);
    QCOMPARE(told(), Changes({ { 1, Written } }));
    map.insert(1, two);
    QCOMPARE(told(), Changes({ { 1, Written } }));
    (void)map.tryInsert(2, one);
    QCOMPARE(told(), Changes({ { 2, Written } }));
    map.getOrInsert(3, [&] { return one; });
    QCOMPARE(told(), Changes({ { 3, Written } }));
    map.exchange(1, one);
    QCOMPARE(told(), Changes({ { 1, Written } }));
    QVERIFY(map.compareExchange(1, one, two));
    QCOMPARE(told(), Changes({ { 1, Written } }));
    map.compute(1, [&](const T *) { return std::optional<T>(one); });
    QCOMPARE(told(), Changes({ { 1, Written } }));
    map.compute(1, [](const T *) { return std::optional<T>(); });
    QCOMPARE(told(), Changes({ { 1, Removed } }));
    QVERIFY(map.remove(2));
    QCOMPARE(told(), Changes({ { 2, Removed } }));
    QVERIFY(map.take(3));
    QCOMPARE(told(), Changes({ { 3, Removed } }));
    map.insert(4, one);
    told();
    QCOMPARE(map.removeIf([](int, const T &) { return true; }), 1);
    QCOMPARE(told(), Changes({ { 4, Removed } }));
}

} // namespace

void tst_Observer::everyWayToWriteIsToldOnce_data()
{
    QTest::addColumn<bool>("inPlace");
    QTest::newRow("overwritten in place") << true;
    QTest::newRow("nodes") << false;
}

void tst_Observer::everyWayToWriteIsToldOnce()
{
    QFETCH(bool, inPlace);
    if (inPlace)
        everyWay<int>(1, 2);
    else
        everyWay<QString>(QStringLiteral("one"), QStringLiteral("two"));
}

void tst_Observer::writeWithoutEffectIsNotTold()
{
    SyncMap<int, int> map;
    map.insert(1, 1);
    const auto witness = std::make_shared<Witness<int>>();
    Internals::engineOf(map).attach(witness);
    (void)map.tryInsert(1, 2);
    map.getOrInsert(1, [] { return 2; });
    (void)map.compareExchange(1, 2, 3);
    map.remove(2);
    map.remove(1, 7);
    map.compute(2, [](const int *) { return std::optional<int>(); });
    QVERIFY(witness->take().isEmpty());
}

void tst_Observer::clearIsToldAsAWhole()
{
    SyncMap<int, int> map { { 1, 1 }, { 2, 2 } };
    const auto witness = std::make_shared<Witness<int>>();
    Internals::engineOf(map).attach(witness);
    map.clear();
    QCOMPARE(witness->clears, 1);
    QVERIFY(witness->take().isEmpty());

    SyncCache<int, int> cache;
    cache.insert(1, 1);
    Internals::coreOf(cache)->attach(witness);
    cache.clear();
    QCOMPARE(witness->clears, 2);
    QVERIFY(witness->take().isEmpty());
}

void tst_Observer::lossesOfACacheAreToldAsSuch()
{
    SyncCacheManualClock clock;
    SyncCache<int, int> cache(1);
    cache.setClock(&clock);
    cache.setTimeToLive(std::chrono::seconds(1));
    const auto witness = std::make_shared<Witness<int>>();
    Internals::coreOf(cache)->attach(witness);
    cache.insert(1, 1);
    QCOMPARE(witness->take(), Changes({ { 1, Written } }));
    cache.insert(2, 2); // the first one goes
    QCOMPARE(witness->take(), Changes({ { 2, Written }, { 1, Evicted } }));
    clock.advance(std::chrono::seconds(1));
    QCOMPARE(witness->take(), Changes({ { 2, Expired } }));
    cache.insert(3, 3);
    cache.trim(SyncCacheTrimLevel::Complete);
    QCOMPARE(witness->take(), Changes({ { 3, Written }, { 3, Evicted } }));
    cache.insert(4, 4);
    cache.remove(4);
    QCOMPARE(witness->take(), Changes({ { 4, Written }, { 4, Removed } }));
    cache.insert(5, 5);
    cache.insert(5, 5, 2); // cannot fit, and the old value goes
    QCOMPARE(witness->take(), Changes({ { 5, Written }, { 5, Removed } }));
}

void tst_Observer::stalenessIsTold()
{
    SyncCache<int, int> cache;
    cache.insert(1, 1);
    const auto witness = std::make_shared<Witness<int>>();
    Internals::coreOf(cache)->attach(witness);
    QVERIFY(cache.invalidate(1));
    QCOMPARE(witness->take(), Changes({ { 1, MapChange::Invalidated } }));
    QVERIFY(!cache.invalidate(2));
    QVERIFY(witness->take().isEmpty());
    cache.invalidateAll();
    QCOMPARE(witness->floods, 1);
}

void tst_Observer::whatIsMissedIsToldAsSuch()
{
    SyncCache<int, int> cache;
    const auto witness = std::make_shared<Witness<int>>();
    Internals::coreOf(cache)->attach(witness);
    QVERIFY(!cache.remove(1));
    QCOMPARE(witness->misses, 1);
    QVERIFY(!cache.take(1));
    QCOMPARE(witness->misses, 2);
    QVERIFY(!cache.invalidate(1));
    QCOMPARE(witness->misses, 3);
    cache.setLoader([](int, SyncCacheLoadContext<int> &load) {
        load.finishAbsent();
        return 0;
    });
    QVERIFY(!cache.load(1));
    QCOMPARE(witness->misses, 4);
    QVERIFY(witness->take().isEmpty());
    cache.insert(1, 1);
    QVERIFY(cache.remove(1));
    QCOMPARE(witness->misses, 4);
}

void tst_Observer::endIsTold()
{
    const auto witness = std::make_shared<Witness<int>>();
    {
        SyncMap<int, int> map;
        Internals::engineOf(map).attach(witness);
    }
    QCOMPARE(witness->closings, 1);
    {
        SyncCache<int, int> cache;
        Internals::coreOf(cache)->attach(witness);
    }
    QVERIFY(witness->closings >= 2);
    QCOMPARE(witness.use_count(), 1);
}

void tst_Observer::detachedObserverIsToldNothing()
{
    SyncMap<int, int> map;
    const auto one = std::make_shared<Witness<int>>();
    const auto other = std::make_shared<Witness<int>>();
    Internals::engineOf(map).attach(one);
    Internals::engineOf(map).attach(other);
    Internals::engineOf(map).detach(one.get());
    map.insert(1, 1);
    QVERIFY(one->take().isEmpty());
    QCOMPARE(other->take().size(), 1);
    Internals::engineOf(map).detach(other.get());
    QVERIFY(map.collect());
    QCOMPARE(one.use_count(), 1);
    QCOMPARE(other.use_count(), 1);
}

// Each key is either told, or seen by who looks at the map after attach().
void tst_Observer::attachMissesNoWrite()
{
    constexpr int Rounds = 200;
    for (int round = 0; round < Rounds; ++round) {
        constexpr int KeyCount = 300;
        SyncMap<int, int> map;
        std::atomic<bool> isRunning { false };
        std::thread writer([&] {
            isRunning = true;
            for (int key = 0; key < KeyCount; ++key)
                map.insert(key, key);
        });
        while (!isRunning)
            std::this_thread::yield();
        const auto witness = std::make_shared<Witness<int>>();
        Internals::engineOf(map).attach(witness);
        QSet<int> known;
        map.forEach([&known](int key, int) { known.insert(key); });
        writer.join();
        for (const auto &[key, change] : witness->take())
            known.insert(key);
        QCOMPARE(known.size(), KeyCount);
    }
}

QTEST_APPLESS_MAIN(tst_Observer)
#include "tst_observer.moc"
