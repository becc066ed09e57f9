// SPDX-License-Identifier: MIT
#include "allocations.h"
#include "enginecounts.h"
#include "findings.h"
#include "testtraits.h"

#include <SyncMap/SyncMap>

#include <QtTest/qtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>

using SyncMapInternal::TestPoint;

namespace {

// A place at which one thread waits until the test lets it go on.
class Stop
{
public:
    explicit Stop(TestPoint point) : m_point(point) { }

    TestPoint point() const { return m_point; }

    void arrive()
    {
        std::unique_lock lock(m_mutex);
        m_hasArrived = true;
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_isReleased; });
    }

    // False if the thread ends without having come here.
    bool waitForArrival()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_hasArrived || m_hasEnded; });
        return m_hasArrived;
    }

    void end()
    {
        const std::lock_guard lock(m_mutex);
        m_hasEnded = true;
        m_changed.notify_all();
    }

    void release()
    {
        const std::lock_guard lock(m_mutex);
        m_isReleased = true;
        m_changed.notify_all();
    }

private:
    const TestPoint m_point;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_hasArrived = false;
    bool m_hasEnded = false;
    bool m_isReleased = false;
};

thread_local Stop *stop = nullptr;

// A thread with a test point at which it stops, the first time that it comes there.
class StoppedThread
{
public:
    StoppedThread(TestPoint point, std::function<void()> work)
        : m_stop(point), m_thread([this, work] {
              stop = &m_stop;
              work();
              stop = nullptr;
              m_stop.end();
          })
    {
    }
    ~StoppedThread()
    {
        m_stop.release();
        m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(StoppedThread)

    bool isStopped() { return m_stop.waitForArrival(); }

private:
    Stop m_stop;
    std::thread m_thread;
};

// Work of another thread that must end while a thread is stopped. If it does not, neither would the
// test: hence the clock.
class Work
{
public:
    explicit Work(std::function<void()> work)
        : m_thread([this, work] {
              work();
              const std::lock_guard lock(m_mutex);
              m_hasEnded = true;
              m_changed.notify_all();
          })
    {
    }
    ~Work() { m_thread.join(); }
    Q_DISABLE_COPY_MOVE(Work)

    void mustEnd(const char *otherwise)
    {
        std::unique_lock lock(m_mutex);
        if (!m_changed.wait_for(lock, std::chrono::minutes(1), [this] { return m_hasEnded; }))
            qFatal("%s", otherwise);
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_hasEnded = false;
    std::thread m_thread;
};

struct StoppingTraits : TestTraits<StoppingTraits>
{
    static void testPoint(TestPoint point) noexcept
    {
        Stop *const mine = stop;
        if (Q_LIKELY(!mine || mine->point() != point))
            return;
        stop = nullptr;
        mine->arrive();
    }
};

// What one thread did to shared memory.
struct Counts
{
    int loads = 0;
    int stores = 0;
    int readModifyWrites = 0;
    int locks = 0;
    int held = 0; // locks, at this moment

    int all() const { return loads + stores + readModifyWrites + locks; }
};
thread_local Counts counts;

template <typename T>
class CountingAtomic : public std::atomic<T>
{
    using Base = std::atomic<T>;

public:
    CountingAtomic() noexcept = default;
    constexpr CountingAtomic(T value) noexcept : Base(value) { }

    T load(std::memory_order order) const noexcept
    {
        ++counts.loads;
        return Base::load(order);
    }
    void store(T value, std::memory_order order) noexcept
    {
        ++counts.stores;
        Base::store(value, order);
    }
    template <typename... Arguments>
    T exchange(Arguments... arguments) noexcept
    {
        ++counts.readModifyWrites;
        return Base::exchange(arguments...);
    }
    template <typename... Arguments>
    T fetch_add(Arguments... arguments) noexcept
    {
        ++counts.readModifyWrites;
        return Base::fetch_add(arguments...);
    }
    template <typename... Arguments>
    T fetch_and(Arguments... arguments) noexcept
    {
        ++counts.readModifyWrites;
        return Base::fetch_and(arguments...);
    }
    template <typename... Arguments>
    bool compare_exchange_weak(T &expected, Arguments... arguments) noexcept
    {
        ++counts.readModifyWrites;
        return Base::compare_exchange_weak(expected, arguments...);
    }
    template <typename... Arguments>
    bool compare_exchange_strong(T &expected, Arguments... arguments) noexcept
    {
        ++counts.readModifyWrites;
        return Base::compare_exchange_strong(expected, arguments...);
    }
};

template <typename T>
class CountingPointer : public QAtomicPointer<T>
{
public:
    using QAtomicPointer<T>::QAtomicPointer;

    T *loadAcquire() const noexcept
    {
        ++counts.loads;
        return QAtomicPointer<T>::loadAcquire();
    }
    void storeRelease(T *pointer) noexcept
    {
        ++counts.stores;
        QAtomicPointer<T>::storeRelease(pointer);
    }
};

struct CountingTraits : TestTraits<CountingTraits>
{
    template <typename T>
    using Atomic = CountingAtomic<T>;
    template <typename T>
    using Snapshot = CountingPointer<T>;

    class Mutex : public QMutex
    {
    public:
        void lock()
        {
            ++counts.locks;
            QMutex::lock();
            ++counts.held;
        }
        bool try_lock()
        {
            ++counts.locks;
            const bool locked = QMutex::try_lock();
            counts.held += locked;
            return locked;
        }
        void unlock()
        {
            --counts.held;
            QMutex::unlock();
        }
    };
};

using StoppingKey = TestKey<StoppingTraits>;
using StoppingMap = SyncMap<StoppingKey, QString>;

template <typename T>
T made(int number)
{
    if constexpr (std::is_same_v<T, QString>)
        return QString::number(number);
    else
        return number;
}

} // namespace

class tst_Progress : public QObject
{
    Q_OBJECT

private slots:
    void writerDelaysNoReader_data();
    void writerDelaysNoReader();
    void readerDelaysNoWriter_data();
    void readerDelaysNoWriter();
    void writerThatHoldsNoShardDelaysNoWriter_data();
    void writerThatHoldsNoShardDelaysNoWriter();
    void readerOfASupersededTableFindsWhatItSought();

    void readTakesConstantlyManySteps_data();
    void readTakesConstantlyManySteps();
    void readNeverLocksNorAllocates();
    void readOfCollidingKeysIsBoundedByTheTable();
    void iterationLocksNothing();
    void noUserCodeRunsUnderALock();
};

void tst_Progress::writerDelaysNoReader_data()
{
    QTest::addColumn<TestPoint>("point");
    QTest::addColumn<QByteArray>("write");
    QTest::newRow("that has locked a shard") << TestPoint::ShardLocked << QByteArray("insert");
    QTest::newRow("that overwrites") << TestPoint::ShardLocked << QByteArray("overwrite");
    QTest::newRow("that has filled a slot") << TestPoint::SlotFilled << QByteArray("insert");
    QTest::newRow("that has deleted a tag") << TestPoint::TagDeleted << QByteArray("remove");
    QTest::newRow("that builds a dirty map") << TestPoint::Promoting << QByteArray("grow");
    QTest::newRow("that fills a dirty map") << TestPoint::SlotFilled << QByteArray("squeeze");
    QTest::newRow("that splits") << TestPoint::Succeeding << QByteArray("split");
    QTest::newRow("that fills a half") << TestPoint::SlotFilled << QByteArray("split");
    QTest::newRow("that clears") << TestPoint::ShardLocked << QByteArray("clear");
    QTest::newRow("that has unlinked") << TestPoint::Unlinked << QByteArray("remove");
    QTest::newRow("that collects") << TestPoint::Scanning << QByteArray("collect");
}

// The writer stops with whatever it holds. Readers of all kinds find everything all the same, and
// the key that is written as it was or as it will be.
void tst_Progress::writerDelaysNoReader()
{
    QFETCH(const TestPoint, point);
    QFETCH(const QByteArray, write);
    constexpr int KeyCount = 100;
    constexpr int Written = 50;
    constexpr int New = 1000;

    StoppingMap map;
    if (write == "squeeze")
        map.reserve(1000);
    for (int key = 0; key < KeyCount; ++key)
        map.insert({ key }, made<QString>(key));
    map.collect();

    StoppedThread writer(point, [&] {
        if (write == "insert") {
            map.insert({ New }, made<QString>(New));
        } else if (write == "overwrite") {
            map.insert({ Written }, made<QString>(Written));
        } else if (write == "remove") {
            map.remove({ Written });
        } else if (write == "grow") {
            for (int key = New; key < 2 * New; ++key)
                map.insert({ key }, made<QString>(key));
        } else if (write == "squeeze") {
            map.squeeze();
        } else if (write == "split") {
            map.reserve(100000);
        } else if (write == "clear") {
            map.clear();
        } else {
            map.insert({ Written }, made<QString>(Written));
            map.collect();
        }
    });
    QVERIFY2(writer.isStopped(), "the writer never came to this point");

    Findings findings;
    Work readers([&] {
        for (int round = 0; round < 3; ++round) {
            QList<StoppingKey> keys;
            int visited = 0;
            for (int key = 0; key < KeyCount; ++key) {
                const QString expected = made<QString>(key);
                keys.append(StoppingKey { key });
                const auto guard = map.guard();
                const QString *value = map.get({ key }, guard);
                if (key == Written && write == "remove") {
                    findings.expect(!value || *value == expected, "a wrong value while it goes");
                    continue;
                }
                findings.expect(value && *value == expected, "get() missed a key");
                findings.expect(map.find({ key }) == expected, "find() missed a key");
                findings.expect(map.value({ key }) == expected, "value() missed a key");
                findings.expect(map.contains({ key }), "contains() missed a key");
                findings.expect(!map.contains({ -1 - key }), "a key came from nowhere");
            }
            for (const auto &value : map.findAll(keys))
                visited += value.has_value();
            findings.expect(visited >= KeyCount - 1, "findAll() missed a key");
            visited = 0;
            map.forEach([&](const StoppingKey &key, const QString &value) {
                findings.expect(value == made<QString>(key.value), "a wrong value");
                visited += key.value < KeyCount;
            });
            findings.expect(visited >= KeyCount - 1, "forEach() missed a key");
            findings.expect(map.size() >= KeyCount - 1, "size() is wrong");
        }
    });
    readers.mustEnd("A reader waits for a writer that is stopped");
    QVERIFY2(findings.isEmpty(), findings.first());
}

void tst_Progress::readerDelaysNoWriter_data()
{
    QTest::addColumn<TestPoint>("point");
    QTest::newRow("that has loaded the epoch") << TestPoint::EpochLoaded;
    QTest::newRow("that has a pin") << TestPoint::Pinned;
    QTest::newRow("that has seen a tag") << TestPoint::TagLoaded;
}

void tst_Progress::readerDelaysNoWriter()
{
    QFETCH(const TestPoint, point);
    constexpr int KeyCount = 10000;

    StoppingMap map;
    for (int key = 0; key < 100; ++key)
        map.insert({ key }, made<QString>(key));
    QString read;
    {
        StoppedThread reader(point, [&] { read = map.value({ 50 }); });
        QVERIFY2(reader.isStopped(), "the reader never came to this point");

        Findings findings;
        Work writer([&] {
            for (int key = 0; key < KeyCount; ++key)
                map.insert({ key }, made<QString>(key));
            findings.expect(map.size() == KeyCount, "an insertion was lost");
            for (int key = 0; key < KeyCount; key += 3) {
                findings.expect(map.take({ key }) == made<QString>(key), "take()");
                findings.expect(map.tryInsert({ key }, QString()).inserted, "tryInsert()");
                findings.expect(map.exchange({ key }, made<QString>(key)).has_value(),
                                "exchange()");
                findings.expect(map.compareExchange({ key }, made<QString>(key), QString()),
                                "compareExchange()");
                findings.expect(
                        map.compute({ key },
                                    [](const QString *) { return std::optional<QString>(); })
                                == std::nullopt,
                        "compute()");
            }
            findings.expect(map.removeIf([](const StoppingKey &key, const QString &) {
                return key.value % 3 == 1;
            }) == KeyCount / 3,
                            "removeIf()");
            map.squeeze();
            map.clear();
            // A pin holds back what it may be looking at; without one nothing is held back.
            findings.expect(map.collect() == (point == TestPoint::EpochLoaded), "collect()");
            map.insert({ 50 }, made<QString>(51));
        });
        writer.mustEnd("A writer waits for a reader that is stopped");
        QVERIFY2(findings.isEmpty(), findings.first());
        QVERIFY(countsOf(map).splits > 0);
    }
    // Before it had loaded a table the reader may see the last value; after that, the first one.
    if (point == TestPoint::TagLoaded)
        QVERIFY(read == made<QString>(50) || read.isEmpty());
    else
        QCOMPARE(read, made<QString>(51));
    QVERIFY(map.collect());
}

void tst_Progress::writerThatHoldsNoShardDelaysNoWriter_data()
{
    QTest::addColumn<TestPoint>("point");
    QTest::newRow("that has unlinked") << TestPoint::Unlinked;
    QTest::newRow("that collects") << TestPoint::Scanning;
}

void tst_Progress::writerThatHoldsNoShardDelaysNoWriter()
{
    QFETCH(const TestPoint, point);
    StoppingMap map;
    map.insert({ 1 }, made<QString>(0));
    StoppedThread writer(point, [&] {
        for (int i = 0; i < 100; ++i)
            map.insert({ 1 }, made<QString>(i));
    });
    QVERIFY2(writer.isStopped(), "the writer never came to this point");
    Work others([&] {
        for (int i = 0; i < 1000; ++i) {
            map.insert({ 1 }, made<QString>(i));
            map.remove({ 1 });
            map.insert({ i }, made<QString>(i));
        }
    });
    others.mustEnd("A writer waits for another one that holds no lock of a shard");
}

// The reader has found the place of a key in a table; then the key moves to another table, and its
// place in the old one is never used for another key.
void tst_Progress::readerOfASupersededTableFindsWhatItSought()
{
    StoppingMap map;
    for (int key = 0; key < 5; ++key)
        map.insert({ key }, made<QString>(key));
    QString read;
    {
        StoppedThread reader(TestPoint::TagLoaded, [&] { read = map.value({ 3 }); });
        QVERIFY(reader.isStopped());
        for (int key = 5; key < 1000; ++key)
            map.insert({ key }, made<QString>(key));
        map.reserve(100000);
        for (int key = 0; key < 1000; ++key) {
            if (key != 3)
                map.remove({ key });
        }
    }
    QCOMPARE(read, made<QString>(3));
}

template <typename T>
static void readTakesConstantlyManyStepsOf()
{
    using Key = TestKey<CountingTraits>;
    // Epoch, directory, shard, snapshot, tags, slot; the pin and its end; the value, where it is
    // an atomic.
    constexpr int LoadsOfAHit = 6 + SyncMapInternal::isOverwrittenInPlace<T>;
    constexpr int LoadsOfAMiss = 5; // no slot
    constexpr int Stores = 2;
    for (const int size : { 1, 10, 1000, SYNCMAP_SANITIZED ? 10000 : 200000 }) {
        SyncMap<Key, T> map;
        for (int key = 0; key < size; ++key)
            map.insert({ key }, made<T>(key));
        // More loads than the fewest come where a tag matches by chance, or a group of slots is full:
        // on average not two, at no size.
        const auto countReads = [](int reads, int fewest, auto &&read) {
            int fewestSeen = INT_MAX;
            qint64 loads = 0;
            for (int i = 0; i < reads; ++i) {
                counts = Counts();
                read(i);
                fewestSeen = std::min(fewestSeen, counts.loads);
                loads += counts.loads;
                QCOMPARE(counts.stores, Stores);
                QCOMPARE(counts.readModifyWrites, 0);
                QCOMPARE(counts.locks, 0);
            }
            QCOMPARE(fewestSeen, fewest);
            QVERIFY2(loads <= qint64(reads) * (fewest + 2), QByteArray::number(loads / reads));
        };
        countReads(size, LoadsOfAHit, [&map](int i) { (void)map.find({ i }); });
        // Enough of them that not every one meets a tag like its own.
        countReads(std::max(size, 1000), LoadsOfAMiss,
                   [&map](int i) { (void)map.contains({ -1 - i }); });
        if (QTest::currentTestFailed())
            return;
    }
}

void tst_Progress::readTakesConstantlyManySteps_data()
{
    QTest::addColumn<bool>("inPlace");
    QTest::newRow("overwritten in place") << true;
    QTest::newRow("nodes") << false;
}

void tst_Progress::readTakesConstantlyManySteps()
{
    QFETCH(const bool, inPlace);
    if (inPlace)
        readTakesConstantlyManyStepsOf<int>();
    else
        readTakesConstantlyManyStepsOf<QString>();
}

// Every kind of read, on keys that are there, that are not, that were written a moment ago, and
// that are gone since a moment.
void tst_Progress::readNeverLocksNorAllocates()
{
    SyncMap<TestKey<CountingTraits>, int> map;
    map.insert({ 0 }, 0);
    const auto reads = [&map](int key) {
        const Allocations::Watch watch;
        counts = Counts();
        {
            const auto guard = map.guard();
            const auto nested = map.guard();
            (void)map.get({ key }, guard);
        }
        (void)map.find({ key });
        (void)map.value({ key });
        (void)map.value({ key }, 7);
        (void)map.contains({ key });
        (void)map.size();
        QVERIFY(!map.isEmpty());
        map.forEach([](const TestKey<CountingTraits> &, int) {});
        QCOMPARE(counts.readModifyWrites, 0);
        QCOMPARE(counts.locks, 0);
        QCOMPARE(watch.calls(), quint64(0));
    };
    for (int key = 1; key < 300; ++key) {
        reads(key);
        map.insert({ key }, key);
        reads(key);
        if (key % 2) {
            map.remove({ key });
            reads(key);
        }
    }
    const QList<TestKey<CountingTraits>> keys(100, { 2 });
    counts = Counts();
    QCOMPARE(map.findAll(keys).size(), keys.size());
    QCOMPARE(counts.readModifyWrites, 0);
    QCOMPARE(counts.locks, 0);
}

void tst_Progress::readOfCollidingKeysIsBoundedByTheTable()
{
    using Key = TestKey<CountingTraits, 0>;
    constexpr int KeyCount = 200;
    SyncMap<Key, int> map;
    for (int key = 0; key < KeyCount; ++key)
        map.insert({ key }, key);
    for (int key = 0; key < 2 * KeyCount; ++key) {
        counts = Counts();
        QCOMPARE(map.contains({ key }), key < KeyCount);
        QVERIFY(counts.loads <= 4 + KeyCount + KeyCount / 8 + 1);
        QCOMPARE(counts.readModifyWrites, 0);
        QCOMPARE(counts.locks, 0);
    }
}

void tst_Progress::iterationLocksNothing()
{
    using Key = TestKey<CountingTraits>;
    SyncMap<Key, int> map;
    for (int key = 0; key < 1000; ++key)
        map.insert({ key }, key);
    counts = Counts();
    int visited = 0;
    map.forEach([&visited](const Key &, int) { ++visited; });
    QCOMPARE(visited, 1000);
    QCOMPARE(counts.locks, 0);
    QCOMPARE(counts.readModifyWrites, 0);

    // Nothing that a callback does meets a lock of the iteration, nor does another thread.
    counts = Counts();
    int calls = 0;
    map.forEach([&](const Key &key, int value) {
        QCOMPARE(counts.held, 0);
        map.insert({ key.value + 100000 }, value);
        map.insert(key, value);
        if (++calls % 100 == 0) {
            std::thread([&map, key] {
                map.remove(key);
                map.squeeze();
            }).join();
        }
        QCOMPARE(counts.held, 0);
    });
    map.forEach([&](const Key &, int) {
        map.clear();
        return false;
    });
    QVERIFY(map.isEmpty());
}

namespace {

struct UserCode
{
    static inline int calls = 0;
    static inline int underALock = 0;
    static void note()
    {
        ++calls;
        underALock += counts.held != 0;
    }
};

// A type whose members notice a lock held around them.
template <bool comparesUnderALock>
struct Watched : UserCode
{
    Watched(int itsNumber) : number(itsNumber) { note(); }
    Watched(const Watched &other) : number(other.number) { note(); }
    Watched(Watched &&other) noexcept : number(other.number) { note(); }
    Watched &operator=(const Watched &) = delete;
    Watched &operator=(Watched &&) = delete;
    ~Watched() { note(); }

    friend bool operator==(const Watched &a, const Watched &b)
    {
        if (!comparesUnderALock)
            note();
        return a.number == b.number;
    }
    friend size_t qHash(const Watched &value, size_t seed)
    {
        note();
        return qHash(value.number, seed);
    }

    int number;
};
using WatchedKey = Watched<true>;
using WatchedValue = Watched<false>;

} // namespace

template <typename T>
class SyncMapInternal::Engine<WatchedKey, T, SyncMapInternal::DefaultTraits>
    : public SyncMapInternal::Engine<WatchedKey, T, CountingTraits>
{
};

// But for == on keys whose hashes are equal.
void tst_Progress::noUserCodeRunsUnderALock()
{
    constexpr int KeyCount = 400;
    {
        SyncMap<WatchedKey, WatchedValue> map;
        for (int round = 0; round < 3; ++round) {
            for (int key = 0; key < KeyCount; ++key) {
                map.insert(key, key);
                map.insert(key, key);
                (void)map.tryInsert(key, key);
                map.getOrInsert(-1 - key, [key] { return WatchedValue(key); });
                map.exchange(key, key);
                (void)map.compareExchange(key, key, key + 1);
                map.compute(key,
                            [](const WatchedValue *) { return std::optional(WatchedValue(1)); });
                map.compute(-1 - key,
                            [](const WatchedValue *) { return std::optional<WatchedValue>(); });
                (void)map.find(key);
                if (key % 3 == 0)
                    map.remove(key);
                else if (key % 3 == 1)
                    map.take(key);
                else
                    map.remove(key, 1);
            }
            for (int key = 0; key < KeyCount; ++key)
                map.insert(key, key);
            map.removeIf([](const WatchedKey &, const WatchedValue &value) {
                UserCode::note();
                return value.number % 2 == 0;
            });
            map.forEach([](const WatchedKey &, const WatchedValue &) { UserCode::note(); });
            map.squeeze();
            map.clear();
            map.collect();
        }
    }
    QVERIFY(UserCode::calls > 30 * KeyCount);
    QCOMPARE(UserCode::underALock, 0);
}

QTEST_APPLESS_MAIN(tst_Progress)

#include "tst_progress.moc"
