// SPDX-License-Identifier: MIT

// Many keys at once: ranges that are inserted, asked for and removed, and visits in several threads.

#include <SyncMap/SyncMap>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qmap.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qset.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <array>
#include <atomic>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace {

template <typename T>
T made(int i)
{
    if constexpr (std::is_same_v<T, QString>)
        return QString::number(i);
    else
        return T(i);
}

// In the tables, in place in nodes, in nodes.
template <typename Function>
void forEachKindOfMap(Function &&f)
{
    f(SyncMap<int, int>());
    f(SyncMap<QString, int>());
    f(SyncMap<int, QString>());
    f(SyncMap<QString, QString>());
}

template <typename Key, typename T>
void fill(SyncMap<Key, T> &map, int count)
{
    for (int i = 0; i < count; ++i)
        map.insert(made<Key>(i), made<T>(i));
}

// Each call of record() is one visit.
template <typename Key>
class Visits
{
public:
    void record(const Key &key)
    {
        const std::lock_guard lock(m_mutex);
        m_twice |= m_keys.contains(key);
        m_keys.insert(key);
    }
    bool isTwice() const { return m_twice; }
    const QSet<Key> &keys() const { return m_keys; }

private:
    std::mutex m_mutex;
    QSet<Key> m_keys;
    bool m_twice = false;
};

} // namespace

class tst_ManyKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rangesOfAnyKindAreInserted();
    void whatNobodySharesIsMoved();
    void anIteratorIsNotTakenForAKey();
    void aMapInsertedIntoItselfStaysAsItIs();
    void mapsThatInsertEachOtherEnd();
    void keysOfAnyRangeAreRemoved();
    void keysInARowAreAskedFor();

    void aParallelVisitSeesEachKeyOnce();
    void aParallelVisitBesideWritersSeesWhatStays();
    void aFullPoolDoesNotHoldUpAVisit();
    void aVisitWithinThePoolEnds();
    void aParallelVisitRunsInSeveralThreads();
    void falseEndsAParallelVisit();
    void theFirstExceptionIsThrownAgain();
    void mappedReducedReducesEveryEntry();
    void parallelWalksNeedNoApplication();
    void aPoolMayBeOfAnySize();
    void aRangeMayEndWithASentinel();
};

void tst_ManyKeys::rangesOfAnyKindAreInserted()
{
    const QHash<QString, int> expected { { "1", 1 }, { "2", 2 } };
    const auto check = [&expected](const auto &range) {
        SyncMap<QString, int> whole;
        whole.insert(range);
        SyncMap<QString, int> parts;
        parts.insert(std::begin(range), std::end(range));
        return whole.toHash() == expected && parts.toHash() == expected;
    };
    QVERIFY(check(expected));
    QVERIFY(check(QMap<QString, int> { { "1", 1 }, { "2", 2 } }));
    QVERIFY(check(QMultiHash<QString, int> { { "1", 1 }, { "2", 2 } }));
    QVERIFY(check(std::map<QString, int> { { "1", 1 }, { "2", 2 } }));
    QVERIFY(check(QList<std::pair<QString, int>> { { "1", 1 }, { "2", 2 } }));
    QVERIFY(check(
            std::vector<std::pair<const char *, short>> { { "1", short(1) }, { "2", short(2) } }));
    const std::pair<QStringView, int> views[] = { { u"1", 1 }, { u"2", 2 } };
    QVERIFY(check(views));
    QVERIFY(check(std::initializer_list<std::pair<QString, int>> { { "1", 1 }, { "2", 2 } }));

    // What has no begin() and end() of its own.
    const auto source = SyncMap<QString, int> { { "1", 1 }, { "2", 2 } }.toHash();
    SyncMap<QString, int> map;
    map.insert(source.constKeyValueBegin(), source.constKeyValueEnd());
    QCOMPARE(map.toHash(), expected);
}

void tst_ManyKeys::whatNobodySharesIsMoved()
{
    QHash<int, QString> hash { { 1, QString(100, u'x') } };
    const QChar *const data = hash.begin()->constData();
    SyncMap<int, QString> map;
    map.insert(std::move(hash));
    QVERIFY(map.value(1).constData() == data);

    QHash<int, QString> shared { { 2, QString("y") } };
    const QHash<int, QString> other = shared;
    map.insert(std::move(shared));
    QCOMPARE(other.value(2), QString("y"));
    QCOMPARE(map.value(2), QString("y"));

    std::vector<std::pair<int, std::unique_ptr<int>>> owned;
    owned.emplace_back(1, std::make_unique<int>(10));
    SyncMap<int, std::unique_ptr<int>> owners;
    owners.insert(std::make_move_iterator(owned.begin()), std::make_move_iterator(owned.end()));
    const auto guard = owners.guard();
    QCOMPARE(**owners.get(1, guard), 10);
}

void tst_ManyKeys::anIteratorIsNotTakenForAKey()
{
    std::pair<int, int> pairs[2] = { { 1, 10 }, { 2, 20 } };
    SyncMap<std::pair<int, int> *, std::pair<int, int> *> pointers;
    pointers.insert(&pairs[0], &pairs[1]);
    QCOMPARE(pointers.value(&pairs[0]), &pairs[1]);
    SyncMap<int, int> numbers;
    numbers.insert(&pairs[0], &pairs[2]);
    QCOMPARE(numbers.toHash(), (QHash<int, int> { { 1, 10 }, { 2, 20 } }));
}

void tst_ManyKeys::aMapInsertedIntoItselfStaysAsItIs()
{
    forEachKindOfMap([](auto &&map) {
        fill(map, 100);
        const auto before = map.toHash();
        map.insert(map);
        QCOMPARE(map.toHash(), before);
        std::decay_t<decltype(map)> other;
        other.insert(map);
        QCOMPARE(other.toHash(), before);
    });
}

void tst_ManyKeys::mapsThatInsertEachOtherEnd()
{
    forEachKindOfMap([](auto &&one) {
        using Map = std::decay_t<decltype(one)>;
        using Key = typename Map::key_type;
        Map two;
        fill(one, 2000);
        for (int i = 1000; i < 3000; ++i)
            two.insert(made<Key>(i), made<typename Map::mapped_type>(i));
        std::thread thread([&] {
            for (int i = 0; i < 5; ++i)
                one.insert(two);
        });
        for (int i = 0; i < 5; ++i)
            two.insert(one);
        thread.join();
        QCOMPARE(one.size(), 3000);
        QCOMPARE(two.size(), 3000);
    });
}

void tst_ManyKeys::keysOfAnyRangeAreRemoved()
{
    forEachKindOfMap([](auto &&map) {
        using Key = typename std::decay_t<decltype(map)>::key_type;
        fill(map, 10);
        QCOMPARE(map.removeAll({ made<Key>(1), made<Key>(2), made<Key>(1) }), 2);
        QCOMPARE(map.removeAll(QList<Key> { made<Key>(3), made<Key>(20) }), 1);
        QCOMPARE(map.removeAll(QSet<Key> { made<Key>(4) }), 1);
        QCOMPARE(map.removeAll(std::vector<Key> {}), 0);
        QCOMPARE(map.size(), 6);
        QCOMPARE(map.removeAll(map.keys()), 6);
    });
    SyncMap<QString, int> texts { { "one", 1 }, { "two", 2 } };
    QCOMPARE(texts.removeAll(std::array<QStringView, 2> { u"one", u"three" }), 1);
}

void tst_ManyKeys::keysInARowAreAskedFor()
{
    forEachKindOfMap([](auto &&map) {
        using Key = typename std::decay_t<decltype(map)>::key_type;
        using T = typename std::decay_t<decltype(map)>::mapped_type;
        fill(map, 10);
        const QList<std::optional<T>> expected { made<T>(3), {} };
        QCOMPARE(map.findAll({ made<Key>(3), made<Key>(10) }), expected);
        QCOMPARE(map.findAll(std::vector<Key> { made<Key>(3), made<Key>(10) }), expected);
        QCOMPARE(map.findAll(std::array<Key, 2> { made<Key>(3), made<Key>(10) }), expected);
        const Key plain[] = { made<Key>(3), made<Key>(10) };
        QCOMPARE(map.findAll(plain), expected);
        const std::initializer_list<Key> list { made<Key>(3), made<Key>(10) };
        QCOMPARE(map.findAll(list), expected);
    });
}

void tst_ManyKeys::aParallelVisitSeesEachKeyOnce()
{
    QThreadPool pool;
    pool.setMaxThreadCount(4);
    for (const int count : { 0, 1, 10, 100, 5000, 100'000 }) {
        forEachKindOfMap([&](auto &&map) {
            using Key = typename std::decay_t<decltype(map)>::key_type;
            using T = typename std::decay_t<decltype(map)>::mapped_type;
            fill(map, count);
            Visits<Key> visits;
            std::atomic<int> wrong { 0 };
            map.forEachParallel(&pool, [&](const Key &key, const T &value) {
                visits.record(key);
                if constexpr (std::is_same_v<Key, T>)
                    wrong += key != value;
            });
            QVERIFY(!visits.isTwice());
            QCOMPARE(wrong.load(), 0);
            QCOMPARE(visits.keys().size(), count);
        });
    }
}

// Keys that come and go, and shards that split, do not make another one come twice or not at all.
void tst_ManyKeys::aParallelVisitBesideWritersSeesWhatStays()
{
    QThreadPool pool;
    pool.setMaxThreadCount(3);
    forEachKindOfMap([&](auto &&map) {
        using Key = typename std::decay_t<decltype(map)>::key_type;
        using T = typename std::decay_t<decltype(map)>::mapped_type;
        constexpr int Staying = 3000;
        fill(map, Staying);
        std::atomic<bool> isEnded { false };
        std::thread writer([&] {
            for (int round = 0; !isEnded; ++round) {
                for (int i = 0; i < 20'000 && !isEnded; ++i)
                    map.insert(made<Key>(Staying + i), made<T>(round));
                for (int i = 0; i < 20'000 && !isEnded; ++i)
                    map.remove(made<Key>(Staying + i));
                map.squeeze();
            }
        });
        for (int round = 0; round < 10; ++round) {
            Visits<Key> visits;
            map.forEachParallel(&pool, [&](const Key &key, const T &) { visits.record(key); });
            bool isComplete = true;
            for (int i = 0; i < Staying; ++i)
                isComplete &= visits.keys().contains(made<Key>(i));
            QTest::qVerify(isComplete && !visits.isTwice(), "", "", __FILE__, __LINE__);
        }
        isEnded = true;
        writer.join();
    });
}

void tst_ManyKeys::aFullPoolDoesNotHoldUpAVisit()
{
    QThreadPool pool;
    pool.setMaxThreadCount(1);
    QSemaphore begun;
    QSemaphore go;
    pool.start([&] {
        begun.release();
        go.acquire();
    });
    begun.acquire();
    SyncMap<int, int> map;
    fill(map, 1000);
    std::atomic<int> visited { 0 };
    map.forEachParallel(&pool, [&visited](int, int) { ++visited; });
    QCOMPARE(visited.load(), 1000);
    go.release();
    pool.waitForDone();
}

void tst_ManyKeys::aVisitWithinThePoolEnds()
{
    QThreadPool pool;
    pool.setMaxThreadCount(2);
    SyncMap<int, int> map;
    fill(map, 1000);
    std::atomic<int> visited { 0 };
    for (int i = 0; i < 4; ++i) {
        pool.start([&] {
            map.forEachParallel(&pool, [&](int key, int) {
                if (key == 1)
                    map.forEachParallel(&pool, [&visited](int, int) { ++visited; });
            });
        });
    }
    pool.waitForDone();
    QCOMPARE(visited.load(), 4000);
}

void tst_ManyKeys::aParallelVisitRunsInSeveralThreads()
{
    // One helper: two might be done before this thread has its first turn.
    QThreadPool pool;
    pool.setMaxThreadCount(1);
    SyncMap<int, int> map;
    fill(map, 1000);
    // Each thread waits until there is another one.
    std::mutex mutex;
    std::set<std::thread::id> threads;
    QSemaphore others;
    map.forEachParallel(&pool, [&](int, int) {
        bool isFirstVisit = false;
        {
            const std::lock_guard lock(mutex);
            isFirstVisit = threads.insert(std::this_thread::get_id()).second;
            if (isFirstVisit && threads.size() == 2)
                others.release(2);
        }
        if (isFirstVisit && others.tryAcquire(1, 10'000))
            others.release(1);
    });
    QCOMPARE(threads.size(), std::size_t(2));
    QVERIFY(threads.count(std::this_thread::get_id()) == 1);
}

void tst_ManyKeys::falseEndsAParallelVisit()
{
    QThreadPool pool;
    pool.setMaxThreadCount(2);
    SyncMap<int, int> map;
    fill(map, 100'000);
    std::atomic<int> visited { 0 };
    map.forEachParallel(&pool, [&visited](int, int) -> bool { return ++visited < 10; });
    QVERIFY(visited >= 10);
    QVERIFY(visited < 20);
    visited = 0;
    map.forEachParallel(&pool, [&visited](int, int) -> int { return ++visited, 0; });
    QCOMPARE(visited.load(), 100'000);
}

void tst_ManyKeys::theFirstExceptionIsThrownAgain()
{
    QThreadPool pool;
    pool.setMaxThreadCount(2);
    SyncMap<int, QString> map;
    fill(map, 10'000);
    std::atomic<int> running { 0 };
    const auto visit = [&running](int key, const QString &) {
        ++running;
        const auto guard = qScopeGuard([&running] { --running; });
        if (key == 77)
            throw std::runtime_error("77");
    };
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, map.forEachParallel(&pool, visit));
    QCOMPARE(running.load(), 0);
    QVERIFY(map.remove(77));
    map.forEachParallel(&pool, visit);
    QVERIFY(map.collect()); // no guard was left behind
}

void tst_ManyKeys::mappedReducedReducesEveryEntry()
{
    QThreadPool pool;
    pool.setMaxThreadCount(4);
    forEachKindOfMap([&](auto &&map) {
        using Key = typename std::decay_t<decltype(map)>::key_type;
        using T = typename std::decay_t<decltype(map)>::mapped_type;
        fill(map, 10'000);
        const auto keyOf = [](const Key &key, const T &) { return key; };
        const auto add = [](qint64 &sum, const Key &key) {
            if constexpr (std::is_same_v<Key, QString>)
                sum += key.toLongLong();
            else
                sum += key;
        };
        QCOMPARE(map.mappedReduced(&pool, keyOf, add, qint64(5)), qint64(9999) * 5000 + 5);
        QCOMPARE(map.mappedReduced(nullptr, keyOf, add, qint64(0)), qint64(9999) * 5000);
    });

    // What is mapped, and the result, need not be copied.
    SyncMap<int, int> map;
    fill(map, 1000);
    const auto result = map.mappedReduced(
            &pool, [](int, int value) { return std::make_unique<int>(value); },
            [](std::unique_ptr<int> &sum, std::unique_ptr<int> &&value) { *sum += *value; },
            std::make_unique<int>(0));
    QCOMPARE(*result, 999 * 500);
}

// As in the destructor of a static object: there is no global pool any more.
void tst_ManyKeys::parallelWalksNeedNoApplication()
{
    {
        int argc = 1;
        char name[] = "tst_manykeys";
        char *argv[] = { name, nullptr };
        const QCoreApplication application(argc, argv);
    }
    SyncMap<int, int> map;
    for (int i = 0; i < 10'000; ++i)
        map.insert(i, 1);
    std::atomic<int> visited { 0 };
    map.forEachParallel(nullptr, [&visited](int, int) { ++visited; });
    QCOMPARE(visited.load(), 10'000);
    const auto add = [](int &result, int mapped) { result += mapped; };
    QCOMPARE(map.mappedReduced(
                     nullptr, [](int, int value) { return value; }, add, 0),
             10'000);
}

// A pool that has no bounds, as some set it, or none.
void tst_ManyKeys::aPoolMayBeOfAnySize()
{
    SyncMap<int, int> map;
    for (int i = 0; i < 10'000; ++i)
        map.insert(i, 1);
    for (const int threads : { std::numeric_limits<int>::max(), 0, -1 }) {
        QThreadPool pool;
        pool.setMaxThreadCount(threads);
        std::atomic<int> visited { 0 };
        map.forEachParallel(&pool, [&visited](int, int) { ++visited; });
        QCOMPARE(visited.load(), 10'000);
    }
}

namespace {

struct Endless
{
    struct Sentinel
    {
    };
    struct Iterator
    {
        using iterator_category = std::forward_iterator_tag;
        using value_type = std::pair<int, int>;
        using difference_type = std::ptrdiff_t;
        using pointer = const value_type *;
        using reference = const value_type &;
        const value_type *at;
        reference operator*() const { return *at; }
        Iterator &operator++() { return ++at, *this; }
        bool operator!=(Sentinel) const { return at->first >= 0; }
    };
    Iterator begin() const { return { entries }; }
    Sentinel end() const { return {}; }
    std::pair<int, int> entries[4] = { { 1, 10 }, { 2, 20 }, { 3, 30 }, { -1, 0 } };
};

} // namespace

// An end of another type than the beginning, as ranges of C++20 have.
void tst_ManyKeys::aRangeMayEndWithASentinel()
{
    SyncMap<int, int> map;
    map.insert(Endless());
    QCOMPARE(map.size(), 3);
    QCOMPARE(map.value(3), 30);
}

QTEST_APPLESS_MAIN(tst_ManyKeys)
#include "tst_manykeys.moc"
