// SPDX-License-Identifier: MIT
#include "allocations.h"
#include "findings.h"
#include "instances.h"
#include "threads.h"

#include <SyncMap/SyncMap>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qglobalstatic.h>
#include <QtCore/qprocess.h>
#include <QtTest/qtest.h>

#include <functional>
#include <memory>

namespace {

constexpr int Shrink = SYNCMAP_SANITIZED ? 10 : 1;

class Entry : public Instances<Entry>
{
public:
    explicit Entry(int number = 0) : m_number(number) { }
    int number() const { return m_number; }

private:
    int m_number;
};

using Map = SyncMap<int, Entry>;

// A value whose destructor runs what the test gives it.
class Ending : public Instances<Ending>
{
public:
    using Function = std::function<void()>;

    Ending() = default;
    explicit Ending(int number, std::shared_ptr<Function> atEnd = nullptr)
        : m_number(number), m_atEnd(std::move(atEnd))
    {
    }
    Ending(const Ending &) = default;
    Ending(Ending &&) noexcept = default;
    Ending &operator=(const Ending &) = default;
    Ending &operator=(Ending &&) noexcept = default;
    ~Ending()
    {
        if (m_atEnd)
            (*m_atEnd)();
    }

    int number() const { return m_number; }

    friend bool operator==(const Ending &a, const Ending &b) { return a.m_number == b.m_number; }

private:
    int m_number = 0;
    std::shared_ptr<Function> m_atEnd;
};

// The end of a value in a chain removes the next one.
struct Link : Instances<Link>
{
    SyncMap<int, Link> *map;
    int next;
    quint64 weight;

    Link(SyncMap<int, Link> *itsMap, int itsNext, quint64 itsWeight)
        : map(itsMap), next(itsNext), weight(itsWeight)
    {
    }
    Link(Link &&other) noexcept
        : map(std::exchange(other.map, nullptr)), next(other.next), weight(other.weight)
    {
    }
    Link(const Link &) = delete;
    Link &operator=(const Link &) = delete;
    Link &operator=(Link &&) = delete;
    ~Link()
    {
        if (map)
            map->remove(next);
    }

    // What reclamation takes for the size: of heavy values each one makes a batch.
    quint64 sizeInBytes() const { return weight; }
};

// Uses a map when the thread ends, after the library's own thread-local object, for it is older.
struct UsesMapAtThreadEnd
{
    std::function<void()> atEnd;
    ~UsesMapAtThreadEnd()
    {
        if (atEnd)
            atEnd();
    }
};
thread_local UsesMapAtThreadEnd olderThanTheMap;

void useAll(Map &map, int first, int count, Findings &findings)
{
    for (int key = first; key < first + count; ++key) {
        map.insert(key, Entry(key));
        map.insert(key, Entry(key + 1));
        const auto guard = map.guard();
        const auto nested = map.guard();
        const Entry *entry = map.get(key, guard);
        findings.expect(entry && entry->number() == key + 1, "a thread lost its own write");
        if (key % 2)
            findings.expect(map.take(key).has_value(), "a thread lost its own write");
        findings.expect(map.contains(key) == (key % 2 == 0), "a removed key is there");
    }
}

} // namespace

// What has to be seen at the end of a process runs in a process of its own: this program, with the
// name of a scene as its argument. It prints what the scene found, and its exit code is 0.
namespace Scenes {

Q_GLOBAL_STATIC_WITH_ARGS(Map, globalMap, ())

struct Scene
{
    const char *name;
    const char *prints;
    void (*run)();
};

void print(const char *text, qint64 number)
{
    std::printf("%s %lld\n", text, static_cast<long long>(number));
    std::fflush(stdout);
}

void globalStatic()
{
    runInThreads(4, [](int thread) {
        for (int i = 0; i < 1000; ++i)
            globalMap->insert(i * 4 + thread, Entry(i));
        for (int i = 0; i < 500; ++i)
            globalMap->remove(i * 4 + thread);
    });
    print("size", globalMap->size());
    // Runs at exit, before the map is destroyed, which came first.
    static struct AtExit
    {
        int before = int(globalMap->size());
        ~AtExit()
        {
            globalMap->insert(-1, Entry(-1));
            globalMap->remove(-1);
            print("before the end", globalMap->size() - before);
        }
    } atExit;
    // Runs at exit, after it.
    static_assert(!std::is_trivially_destructible_v<AtExit>);
}

// Constructed before the map that it uses at its end, so it has to ask whether that is still there.
struct OlderStatic
{
    ~OlderStatic() { print("destroyed", globalMap.isDestroyed()); }
};

void globalStaticIsGone()
{
    static OlderStatic older;
    globalMap->insert(1, Entry(1));
    print("size", globalMap->size());
}

void staticUsesMap()
{
    static Map map;
    static struct User
    {
        ~User()
        {
            Findings findings;
            useAll(map, 0, 1000, findings);
            int visited = 0;
            map.forEach([&visited](int, const Entry &) { ++visited; });
            print("visited", visited);
            print("findings", findings.isEmpty() ? 0 : 1);
            map.clear();
            print("collected", map.collect());
            print("entries", Entry::alive());
        }
    } user;
    map.insert(1, Entry(1));
}

void staticOfAThreadUsesMap()
{
    // The main thread's own thread-local objects go before the static ones.
    static Map map;
    olderThanTheMap.atEnd = [] {
        Findings findings;
        useAll(map, 0, 1000, findings);
        print("size", map.size());
        print("findings", findings.isEmpty() ? 0 : 1);
    };
    map.insert(1, Entry(1));
}

void mapIsNeverDestroyed()
{
    static Map *const map = new Map;
    map->insert(1, Entry(1));
    std::thread([] { map->insert(2, Entry(2)); }).join();
    std::atexit([] {
        map->insert(3, Entry(3));
        print("size", map->size());
    });
}

// The process ends while threads still use a map that is never destroyed. Nothing is promised to
// them but that they disturb nobody.
void threadsRunOn()
{
    static Map *const map = new Map;
    static std::atomic<int> rounds { 0 };
    for (int i = 0; i < 2; ++i) {
        std::thread([] {
            for (int key = 0;; key = (key + 1) % 100) {
                map->insert(key, Entry(key));
                map->remove(key);
                ++rounds;
            }
        }).detach();
    }
    while (rounds < 1000)
        std::this_thread::yield();
    print("rounds", rounds >= 1000);
}

constexpr Scene scenes[] = {
    { "globalStatic", "size 2000\nbefore the end 0\n", globalStatic },
    { "globalStaticIsGone", "size 1\ndestroyed 1\n", globalStaticIsGone },
    { "staticUsesMap", "visited 500\nfindings 0\ncollected 1\nentries 0\n", staticUsesMap },
    { "staticOfAThreadUsesMap", "size 500\nfindings 0\n", staticOfAThreadUsesMap },
    { "mapIsNeverDestroyed", "size 3\n", mapIsNeverDestroyed },
    { "threadsRunOn", "rounds 1\n", threadsRunOn },
};

} // namespace Scenes

class tst_Lifetime : public QObject
{
    Q_OBJECT

private slots:
    void cleanup();

    void endOfTheProcess_data();
    void endOfTheProcess();

    void threadLocalMayUseAMapAfterTheLibrarysOwn();
    void threadMayEndAfterTheMap();
    void threadMayHoldAGuardToItsEnd();
    void shortThreadsLeaveNothing();
    void shortLivedMapsLeaveNothing();

    void destructorMayUseTheMap_data();
    void destructorMayUseTheMap();
    void destructorNeverRunsInAReader();
    void destructorMayUseTheMapThatIsDestroyed();
    void chainOfDestructorsNeedsNoDeepStack_data();
    void chainOfDestructorsNeedsNoDeepStack();
};

void tst_Lifetime::cleanup()
{
    QCOMPARE(Entry::alive(), 0);
    QCOMPARE(Ending::alive(), 0);
    QCOMPARE(Link::alive(), 0);
}

void tst_Lifetime::endOfTheProcess_data()
{
    QTest::addColumn<QByteArray>("prints");
    for (const Scenes::Scene &scene : Scenes::scenes)
        QTest::newRow(scene.name) << QByteArray(scene.prints);
}

void tst_Lifetime::endOfTheProcess()
{
    QFETCH(const QByteArray, prints);
    QProcess process;
    process.start(QCoreApplication::applicationFilePath(),
                  { QStringLiteral("--scene"), QString::fromLatin1(QTest::currentDataTag()) });
    QVERIFY(process.waitForFinished(-1));
    const QByteArray errors = process.readAllStandardError();
    QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, errors);
    QCOMPARE(process.readAllStandardOutput().replace("\r\n", "\n"), prints);
    QCOMPARE(errors, QByteArray());
}

void tst_Lifetime::threadLocalMayUseAMapAfterTheLibrarysOwn()
{
    constexpr int Rounds = 100 / Shrink;
    Map map;
    Findings findings;
    for (int round = 0; round < Rounds; ++round) {
        runInThreads(4, [&](int thread) {
            olderThanTheMap.atEnd = [&, thread] { useAll(map, thread * 1000, 200, findings); };
            useAll(map, thread * 1000 + 500, 20, findings);
        });
    }
    QVERIFY2(findings.isEmpty(), findings.first());
    QCOMPARE(map.size(), qsizetype(4 * (100 + 10)));
    // A slot for each of the threads that were there at once, and for what each took as it ended.
    map.clear();
    QVERIFY(map.collect());
    QCOMPARE(Entry::alive(), 0);
}

void tst_Lifetime::threadMayEndAfterTheMap()
{
    for (int round = 0; round < 20; ++round) {
        auto map = std::make_unique<Map>();
        std::atomic<int> done { 0 };
        std::atomic<bool> gone { false };
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                map->insert(i, Entry(i));
                map->remove(i);
                ++done;
                while (!gone)
                    std::this_thread::yield();
            });
        }
        while (done < 4)
            std::this_thread::yield();
        map.reset();
        QCOMPARE(Entry::alive(), 0);
        gone = true;
        for (std::thread &thread : threads)
            thread.join();
    }
}

// In a thread-local object that is destroyed after the library's own.
void tst_Lifetime::threadMayHoldAGuardToItsEnd()
{
    Map map;
    map.insert(1, Entry(1));
    Findings findings;
    std::thread([&] {
        auto guard = std::make_shared<std::optional<Map::Guard>>();
        olderThanTheMap.atEnd = [&map, &findings, guard] {
            const Entry *entry = map.get(1, **guard);
            findings.expect(entry && entry->number() == 1, "the guard guards nothing");
            for (int i = 2; i < 200; ++i)
                map.insert(1, Entry(i));
            findings.expect(entry->number() == 1, "the guard guards nothing");
            guard->reset();
            useAll(map, 1000, 100, findings);
        };
        guard->emplace(map.guard());
    }).join();
    QVERIFY2(findings.isEmpty(), findings.first());
    QVERIFY(map.collect());
    QCOMPARE(Entry::alive(), 51);
}

void tst_Lifetime::shortThreadsLeaveNothing()
{
    constexpr int Threads = 10000 / Shrink;
    Map map;
    Findings findings;
    const auto run = [&](int threads) {
        for (int i = 0; i < threads; ++i) {
            std::thread([&map, &findings, i] {
                map.insert(i % 10, Entry(i));
                findings.expect(map.contains(i % 10), "a thread lost its own write");
                map.remove(i % 10);
            }).join();
        }
        map.collect();
    };
    run(100);
    const qint64 blocks = Allocations::liveBlocks;
    const qint64 bytes = Allocations::liveBytes;
    run(Threads);
    QVERIFY2(findings.isEmpty(), findings.first());
    QVERIFY2(Allocations::liveBlocks <= blocks + 8,
             QByteArray::number(Allocations::liveBlocks - blocks));
    QVERIFY2(Allocations::liveBytes <= bytes + 4096,
             QByteArray::number(Allocations::liveBytes - bytes));
    QVERIFY(map.isEmpty());
}

void tst_Lifetime::shortLivedMapsLeaveNothing()
{
    constexpr int Maps = 100000 / Shrink;
    const auto run = [](int maps) {
        for (int i = 0; i < maps; ++i) {
            Map map;
            map.insert(i, Entry(i));
        }
    };
    run(100);
    const qint64 blocks = Allocations::liveBlocks;
    const qint64 bytes = Allocations::liveBytes;
    run(Maps);
    QVERIFY2(Allocations::liveBlocks <= blocks + 8,
             QByteArray::number(Allocations::liveBlocks - blocks));
    QVERIFY2(Allocations::liveBytes <= bytes + 4096,
             QByteArray::number(Allocations::liveBytes - bytes));
}

namespace {

using EndingMap = SyncMap<int, Ending>;

struct FreeingOperation
{
    const char *name;
    void (*run)(EndingMap &map, int key, const Ending &replacement);
};

constexpr FreeingOperation freeingOperations[] = {
    { "insert", [](EndingMap &map, int key, const Ending &value) { map.insert(key, value); } },
    { "remove", [](EndingMap &map, int key, const Ending &) { map.remove(key); } },
    { "remove if equal",
      [](EndingMap &map, int key, const Ending &) { map.remove(key, Ending(key)); } },
    { "take", [](EndingMap &map, int key, const Ending &) { map.take(key); } },
    { "exchange", [](EndingMap &map, int key, const Ending &value) { map.exchange(key, value); } },
    { "compareExchange",
      [](EndingMap &map, int key, const Ending &value) {
          (void)map.compareExchange(key, Ending(key), value);
      } },
    { "compute",
      [](EndingMap &map, int key, const Ending &value) {
          map.compute(key, [&value](const Ending *) { return std::optional<Ending>(value); });
      } },
    { "compute that removes",
      [](EndingMap &map, int key, const Ending &) {
          map.compute(key, [](const Ending *) { return std::optional<Ending>(); });
      } },
    { "tryInsert of a key that is there",
      [](EndingMap &map, int key, const Ending &value) {
          (void)map.tryInsert(key, value);
          map.remove(key);
      } },
    { "removeIf",
      [](EndingMap &map, int key, const Ending &) {
          map.removeIf([key](int other, const Ending &) { return other == key; });
      } },
    { "clear", [](EndingMap &map, int, const Ending &) { map.clear(); } },
    { "squeeze",
      [](EndingMap &map, int key, const Ending &) {
          map.remove(key);
          map.squeeze();
      } },
    { "collect",
      [](EndingMap &map, int key, const Ending &) {
          map.remove(key);
          map.collect();
      } },
    { "end of a guard",
      [](EndingMap &map, int key, const Ending &) {
          const auto guard = map.guard();
          map.remove(key);
      } },
};

} // namespace

void tst_Lifetime::destructorMayUseTheMap_data()
{
    QTest::addColumn<int>("index");
    int index = 0;
    for (const FreeingOperation &operation : freeingOperations)
        QTest::newRow(operation.name) << index++;
}

void tst_Lifetime::destructorMayUseTheMap()
{
    QFETCH(const int, index);
    const FreeingOperation &operation = freeingOperations[index];
    constexpr int KeyCount = 300;
    constexpr int Counter = -1;
    constexpr int Others = 100000; // keys from here on belong to the destructor

    EndingMap map;
    map.insert(Counter, Ending(0));
    int ended = 0;
    bool isNested = false;
    const auto atEnd = std::make_shared<Ending::Function>([&] {
        if (std::exchange(isNested, true))
            return;
        ++ended;
        const int key = Others + ended % 50;
        map.insert(key, Ending(ended));
        QVERIFY(map.contains(key));
        map.exchange(key, Ending(ended + 1));
        (void)map.compareExchange(key, Ending(ended + 1), Ending(ended + 2));
        map.getOrInsert(key + 50, [] { return Ending(1); });
        (void)map.tryInsert(key + 100, Ending(1));
        map.compute(key, [](const Ending *) { return std::optional<Ending>(Ending(7)); });
        {
            const auto guard = map.guard();
            QVERIFY(map.get(key, guard));
        }
        if (ended % 50 == 0) {
            map.forEach([](int, const Ending &) {});
            map.removeIf([=](int other, const Ending &) { return other > Others; });
            map.squeeze();
            map.collect();
        }
        map.remove(key);
        map.take(key + 50);
        QVERIFY(map.size() >= 0);
        (void)map.statistics();
        isNested = false;
    });

    for (int key = 0; key < KeyCount; ++key) {
        if (!map.contains(key))
            map.insert(key, Ending(key, atEnd));
        operation.run(map, key, Ending(-key));
    }
    map.collect();
    map.removeIf([](int, const Ending &) { return true; });
    map.collect();
    QVERIFY2(ended >= KeyCount, QByteArray::number(ended));
    map.clear();
    while (!map.collect()) {
    }
    QVERIFY(map.isEmpty());
    QCOMPARE(Ending::alive(), 0);
}

void tst_Lifetime::destructorNeverRunsInAReader()
{
    static thread_local bool reads = false;
    std::atomic<int> endedInAReader { 0 };
    const auto atEnd = std::make_shared<Ending::Function>([&] { endedInAReader += reads; });
    EndingMap map;
    std::atomic<bool> over { false };
    runInThreads(3, [&](int thread) {
        if (thread == 0) {
            for (int i = 0; i < 20000 / Shrink; ++i) {
                map.insert(i % 10, Ending(i, atEnd));
                if (i % 3 == 0)
                    map.remove(i % 10);
                if (i % 512 == 0)
                    map.clear();
            }
            over = true;
            return;
        }
        reads = true;
        while (!over) {
            {
                const auto guard = map.guard();
                (void)map.get(3, guard);
            }
            (void)map.contains(4);
            (void)map.size();
            map.forEach([](int, const Ending &) {});
            // Not the copying reads: a copy may be the last one, and then ends here.
        }
        reads = false;
    });
    QCOMPARE(endedInAReader.load(), 0);
}

// In its last moment, the map is one from which each entry has been removed.
void tst_Lifetime::destructorMayUseTheMapThatIsDestroyed()
{
    constexpr int KeyCount = 500;
    int ended = 0;
    int found = 0;
    {
        std::unique_ptr<EndingMap> map;
        EndingMap *alive = nullptr;
        bool isNested = false;
        const auto atEnd = std::make_shared<Ending::Function>([&] {
            if (std::exchange(isNested, true))
                return;
            ++ended;
            for (int key = 0; key < KeyCount; key += 10)
                found += alive->contains(key);
            alive->insert(ended, Ending(ended));
            alive->remove(ended);
            for (int key = 0; key < KeyCount; ++key)
                alive->remove(key);
            isNested = false;
        });
        map = std::make_unique<EndingMap>();
        alive = map.get();
        for (int key = 0; key < KeyCount; ++key)
            map->insert(key, Ending(key, atEnd));
        ended = found = 0;
        map.reset();
    }
    QVERIFY(ended >= 1);
    QCOMPARE(found, 0);
}

void tst_Lifetime::chainOfDestructorsNeedsNoDeepStack_data()
{
    QTest::addColumn<QByteArray>("begin");
    QTest::addColumn<bool>("heavy");
    for (const char *begin : { "remove", "insert", "clear", "removeIf", "thread that ends" }) {
        QTest::newRow(begin) << QByteArray(begin) << false;
        QTest::newRow(QByteArray(begin) + ", heavy values") << QByteArray(begin) << true;
    }
}

void tst_Lifetime::chainOfDestructorsNeedsNoDeepStack()
{
    QFETCH(const QByteArray, begin);
    QFETCH(const bool, heavy);
    constexpr int Length = 100000 / (SYNCMAP_SANITIZED ? 4 : 1);
    const quint64 weight = heavy ? Q_UINT64_C(1) << 30 : 0;
    SyncMap<int, Link> map;
    for (int key = 0; key < Length; ++key)
        map.insert(key, Link(&map, key + 1, weight));
    if (begin == "remove") {
        map.remove(0);
    } else if (begin == "insert") {
        map.insert(0, Link(nullptr, 0, weight));
        map.remove(0);
    } else if (begin == "clear") {
        map.clear();
    } else if (begin == "removeIf") {
        map.removeIf([](int key, const Link &) { return key == 0; });
    } else {
        std::thread([&map] {
            olderThanTheMap.atEnd = [&map] {
                map.remove(0);
                map.collect();
            };
            (void)map.contains(0);
        }).join();
        QVERIFY(map.isEmpty());
    }
    // Light ones wait until somebody collects, and each link that ends lets the next one wait.
    map.collect();
    QVERIFY(map.isEmpty());
    QCOMPARE(Link::alive(), 0);
}

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "--scene") == 0) {
        for (const Scenes::Scene &scene : Scenes::scenes) {
            if (qstrcmp(argv[2], scene.name) == 0) {
                scene.run();
                return 0;
            }
        }
        return 1;
    }
    const QCoreApplication application(argc, argv);
    tst_Lifetime test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_lifetime.moc"
