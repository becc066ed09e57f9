// SPDX-License-Identifier: MIT
#include "deadline.h"
#include "enginecounts.h"
#include "findings.h"
#include "plugins/work.h"
#include "threads.h"

#include <QtCore/qfile.h>
#include <QtCore/qfileinfo.h>
#include <QtCore/qlibrary.h>
#include <QtTest/qtest.h>

// The executable and two plugins, each with a copy of the library of its own: the plugins are
// linked to the static one. What they share is the map.
class tst_Plugins : public QObject
{
    Q_OBJECT

    static constexpr int Count = SYNCMAP_SANITIZED ? 1000 : 4000; // keys of one thread

    // The main thread has plugins run in other threads only: the end of a thread is part of what is
    // tested, and the main thread's never comes.
    template <typename Function>
    static auto inThread(Function f)
    {
        decltype(f()) result {};
        std::thread([&] { result = f(); }).join();
        return result;
    }
    static void destroyOwn(const PluginInterface *plugin)
    {
        std::thread(plugin->destroyOwn).join();
    }

    QLibrary m_libraries[2] = { QLibrary(QStringLiteral(PLUGIN_ONE)),
                                QLibrary(QStringLiteral(PLUGIN_TWO)) };
    const PluginInterface *m_plugins[2] = {};

private slots:
    void init();
    void cleanup();

    void eachModuleHasACopyOfTheLibrary();
    void eachModuleHasMapsOfItsOwn();
    void modulesShareAMap();
    void modulesShareAMapThatIsCleared();
    void modulesWaitForOneAnothersTurn();
    void pluginMayGoWhileItsThreadsGoOn();
    void entriesOutliveThePluginThatRemovedThem();
#ifdef Q_OS_LINUX
    void nothingKeepsAnUnloadedPlugin();
#endif
    void threadsOfThePluginGoOnAfterIt(); // the last one: what it unloads stays in memory
};

void tst_Plugins::init()
{
    for (int i = 0; i < 2; ++i) {
        const auto entry =
                reinterpret_cast<PluginEntry>(m_libraries[i].resolve("syncmapTestPlugin"));
        QVERIFY2(entry, qPrintable(m_libraries[i].errorString()));
        m_plugins[i] = entry();
    }
}

void tst_Plugins::cleanup()
{
    for (QLibrary &library : m_libraries) {
        if (library.isLoaded())
            QVERIFY2(library.unload(), qPrintable(library.errorString()));
    }
}

void tst_Plugins::eachModuleHasACopyOfTheLibrary()
{
    QVERIFY(m_plugins[0] != m_plugins[1]);
    QVERIFY(m_plugins[0]->work != m_plugins[1]->work);
    QVERIFY(m_plugins[0]->work != &work);
}

void tst_Plugins::eachModuleHasMapsOfItsOwn()
{
    Findings findings;
    PluginMap own;
    runInThreads(3, [&](int module) {
        const char *wrong = module < 2 ? m_plugins[module]->workAlone() : work(own, 0, Count);
        findings.expect(!wrong, wrong);
    });
    // Other threads use the same maps again, and destroy them.
    for (const PluginInterface *plugin : m_plugins) {
        const char *wrong = inThread(plugin->workAlone);
        findings.expect(!wrong, wrong);
        destroyOwn(plugin);
    }
    QVERIFY2(findings.isEmpty(), findings.first());
}

void tst_Plugins::modulesShareAMap()
{
    constexpr int Threads = 6;
    PluginMap shared;
    Findings findings;
    runInThreads(Threads, [&](int thread) {
        // Each thread goes through all modules, each time with other keys.
        for (int turn = 0; turn < 3; ++turn) {
            const int first = (turn * Threads + thread) * Count;
            const int module = (thread + turn) % 3;
            const char *wrong =
                    (module < 2 ? m_plugins[module]->work : &work)(shared, first, Count);
            findings.expect(!wrong, wrong);
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QVERIFY(countsOf(shared).splits > 0);
    QCOMPARE(shared.size(), qsizetype(Threads) * 3 * Count / 2);
    for (int key = 0; key < Threads * 3 * Count; ++key)
        QCOMPARE(shared.contains(QString::number(key)), key % 2 == 1);
}

void tst_Plugins::modulesShareAMapThatIsCleared()
{
    PluginMap shared;
    Findings findings;
    runInThreads(6, [&](int thread) {
        for (int turn = 0; turn < 3; ++turn) {
            const int module = (thread + turn) % 3;
            const auto run = module < 2 ? m_plugins[module]->workBesideClears : &workBesideClears;
            const char *wrong = run(shared, thread * Count, Count);
            findings.expect(!wrong, wrong);
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QVERIFY(countsOf(shared).clears > 0);
    QCOMPARE(qsizetype(shared.keys().size()), shared.size());
}

// Each sleeps in its own copy of the library, and is woken by another one's.
void tst_Plugins::modulesWaitForOneAnothersTurn()
{
    const Deadline deadline;
    PluginMap shared;
    const QString key = QString::number(1);
    shared.insert(key, "");
    for (int round = 0; round < 10; ++round) {
        std::vector<std::thread> waiting;
        int calls = 0;
        shared.compute(key, [&](const QByteArray *current) {
            if (++calls <= 7) {
                std::thread([&] { shared.insert(key, *current); }).join();
            } else {
                for (const PluginInterface *plugin : m_plugins) {
                    for (int i = 0; i < 2; ++i)
                        waiting.emplace_back([&shared, plugin] { plugin->append(shared, 1); });
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
            return std::optional<QByteArray>(*current);
        });
        for (std::thread &thread : waiting)
            thread.join();
        QCOMPARE(waiting.size(), std::size_t(4));
    }
    QCOMPARE(shared.value(key), QByteArray(40, 'x'));
}

void tst_Plugins::pluginMayGoWhileItsThreadsGoOn()
{
    constexpr int Threads = 4;
    PluginMap shared;
    Findings findings;
    std::atomic<int> phase { 0 };
    std::atomic<int> arrived { 0 };
    const auto waitFor = [&](int next) {
        ++arrived;
        while (phase < next)
            std::this_thread::yield();
    };
    const auto go = [&](int next) {
        while (arrived < Threads)
            std::this_thread::yield();
        arrived = 0;
        phase = next;
    };
    const auto unload = [&](int index) {
        std::exchange(m_plugins[index], nullptr)->destroyOwn();
        QVERIFY2(m_libraries[index].unload(), qPrintable(m_libraries[index].errorString()));
    };

    std::vector<std::thread> threads;
    for (int thread = 0; thread < Threads; ++thread) {
        threads.emplace_back([&, thread, one = m_plugins[0], two = m_plugins[1]] {
            const auto expectRight = [&findings](const char *wrong) {
                findings.expect(!wrong, wrong);
            };
            expectRight(one->work(shared, thread * Count, Count));
            waitFor(1);
            // The first plugin is unloaded at some moment from here on.
            expectRight(two->work(shared, thread * Count, Count));
            expectRight(work(shared, (thread + Threads) * Count, Count));
            waitFor(2);
            expectRight(work(shared, (thread + Threads) * Count, Count));
        });
    }
    go(1);
    unload(0);
    go(2);
    for (std::thread &thread : threads)
        thread.join();
    unload(1);
    QVERIFY2(findings.isEmpty(), findings.first());

    const char *wrong = work(shared, 0, Count);
    QVERIFY2(!wrong, wrong);
    shared.clear();
    QVERIFY(shared.collect());
    QCOMPARE(shared.size(), qsizetype(0));
}

void tst_Plugins::entriesOutliveThePluginThatRemovedThem()
{
    constexpr int KeyCount = 200;
    PluginMap shared;
    {
        const auto guard = shared.guard();
        const char *wrong = inThread([&] { return m_plugins[0]->work(shared, 0, KeyCount); });
        QVERIFY2(!wrong, wrong);
        const QByteArray *bytes = shared.get(QStringLiteral("77"), guard);
        QVERIFY(bytes);
        std::thread([&] {
            for (int key = 0; key < KeyCount; ++key)
                m_plugins[0]->remove(shared, key);
        }).join();
        m_plugins[0] = nullptr;
        QVERIFY(m_libraries[0].unload());
        QVERIFY(!shared.contains(QStringLiteral("77")));
        QCOMPARE(*bytes, bytesOf(77));
        QVERIFY(!shared.collect());
    }
    QVERIFY(shared.collect());
}

#ifdef Q_OS_LINUX
void tst_Plugins::nothingKeepsAnUnloadedPlugin()
{
    const auto isMapped = [] {
        QFile maps(QStringLiteral("/proc/self/maps"));
        return maps.open(QIODevice::ReadOnly)
                && maps.readAll().contains(
                        QFileInfo(QStringLiteral(PLUGIN_ONE)).fileName().toUtf8());
    };
    PluginMap shared;
    QVERIFY(isMapped());
    inThread([&] { return m_plugins[0]->work(shared, 0, 100); });
    inThread(m_plugins[0]->workAlone);
    destroyOwn(m_plugins[0]);
    QVERIFY(m_libraries[0].unload());
    QVERIFY(!isMapped());
    QCOMPARE(shared.size(), qsizetype(50));
}
#endif

void tst_Plugins::threadsOfThePluginGoOnAfterIt()
{
    for (int turn = 0; turn < 2; ++turn) {
        init();
        const char *wrong = m_plugins[0]->loadAlone();
        QVERIFY2(!wrong, wrong);
        QVERIFY(m_libraries[0].unload());
        QTest::qSleep(300); // two looks at futures
    }
}

QTEST_APPLESS_MAIN(tst_Plugins)

#include "tst_plugins.moc"
