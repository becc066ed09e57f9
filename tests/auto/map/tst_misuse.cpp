// SPDX-License-Identifier: MIT

// What must not be done to a map, done in a child process: a debug build stops with a sentence that
// tells the rule, a release build does no harm.

#include <SyncMap/SyncMap>

#include <QtTest/qtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>

namespace {

using Texts = SyncMap<QString, QString>;

#ifdef QT_NO_DEBUG
constexpr bool isDebug = false;
#else
constexpr bool isDebug = true;
#endif

// The children. Each returns whether it went as release builds promise.

bool guardOfAnotherMap()
{
    Texts map { { "key", "value" } };
    const Texts other;
    const auto guard = other.guard();
    const QString *found = map.get("key", guard);
    return found && *found == "value";
}

bool guardOfAnotherMapInTryInsert()
{
    Texts map;
    const Texts other;
    const auto guard = other.guard();
    return map.tryInsert("key", QString("value"), guard).inserted;
}

bool mapThatDiesUnderAGuard()
{
    auto map = std::make_unique<Texts>();
    map->insert("key", "value");
    map->insert("key", "another value");
    auto guard = std::make_unique<Texts::Guard>(map->guard());
    const QString *found = map->get("key", *guard);
    map->insert("key", "a third value");
    map->remove("key");
    map.reset();
    // Leaked rather than freed under the reader.
    const bool isWhole = *found == "another value";
    guard.reset();
    return isWhole;
}

bool mapThatDiesUnderAGuardOfAnotherThread()
{
    auto map = std::make_unique<Texts>();
    map->insert("key", "value");
    std::atomic<int> step { 0 };
    bool isWhole = false;
    std::thread reader([&] {
        const auto guard = map->guard();
        const QString *found = map->get("key", guard);
        step = 1;
        while (step != 2)
            std::this_thread::yield();
        isWhole = *found == "value";
    });
    while (step != 1)
        std::this_thread::yield();
    map.reset();
    step = 2;
    reader.join();
    return isWhole;
}

bool guardUsedInAnotherThread()
{
    Texts map { { "key", "value" } };
    const auto guard = map.guard();
    bool isRight = false;
    std::thread([&] {
        const QString *found = map.get("key", guard);
        isRight = found && *found == "value";
    }).join();
    return isRight && map.remove("key");
}

bool guardEndedInAnotherThread()
{
    Texts map { { "key", "value" } };
    auto guard = std::make_unique<Texts::Guard>(map.guard());
    std::thread([&guard] { guard.reset(); }).join();
    return map.remove("key") && map.collect();
}

// Reading under it works as long as nobody writes; that is no promise.
bool guardThatWasMovedFrom()
{
    Texts map { { "key", "value" } };
    auto guard = map.guard();
    const auto moved = std::move(guard);
    const QString *found = map.get("key", guard); // NOLINT(bugprone-use-after-move): on purpose
    return found && *found == "value";
}

bool longGuard()
{
    Texts map { { "key", "value" } };
    {
        const auto guard = map.guard();
        // The limit is 1 ms, and the clock is that of the library.
        const auto begin = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(5))
            std::this_thread::yield();
    }
    return map.contains("key");
}

bool shortGuards()
{
    Texts map { { "key", "value" } };
    const auto guard = map.guard();
    return *map.get("key", guard) == "value";
}

struct Case
{
    const char *name;
    bool (*run)();
    const char *rule; // what the assertion says; null if there is none
};

constexpr Case cases[] = {
    { "a guard of another map", guardOfAnotherMap, "take one from this map" },
    { "a guard of another map in tryInsert", guardOfAnotherMapInTryInsert,
      "take one from this map" },
    { "a map that dies under a guard", mapThatDiesUnderAGuard, "end every guard first" },
    { "a map that dies under the guard of another thread", mapThatDiesUnderAGuardOfAnotherThread,
      "end every guard first" },
    { "a guard used in another thread", guardUsedInAnotherThread,
      "take another one in this thread" },
    { "a guard ended in another thread", guardEndedInAnotherThread,
      "take another one in this thread" },
    { "a guard that was moved from", guardThatWasMovedFrom,
      "a guard that was moved from guards nothing" },
    { "a long guard", longGuard, nullptr },
    { "short guards", shortGuards, nullptr },
};

int runChild(const char *name)
{
    const rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none); // it ends in abort() on purpose
    for (const Case &each : cases) {
        if (std::strcmp(each.name, name) == 0) {
            const bool isRight = each.run();
            std::puts(isRight ? "as promised" : "not as promised");
            return 0;
        }
    }
    return 1;
}

// As this program was called.
QByteArray program;

struct Outcome
{
    bool hasCrashed = true;
    QByteArray output;
};

// Not by QProcess, whose way to fork ThreadSanitizer cannot follow.
Outcome runInChild(const char *name, const char *guardLimit = "60000")
{
    qputenv("SYNCMAP_GUARD_LIMIT_MS", guardLimit);
    // A map that dies under a guard is leaked: that is the promise.
    qputenv("LSAN_OPTIONS", "detect_leaks=0");
    Outcome outcome;
    // In what runs this one, if the system cannot.
    const QByteArray command =
            "exec $SYNCMAP_EMULATOR '" + program + "' --child '" + name + "' 2>&1";
    std::FILE *output = popen(command.constData(), "r");
    if (!output)
        return outcome;
    char text[4096];
    while (const size_t size = std::fread(text, 1, sizeof(text), output))
        outcome.output.append(text, qsizetype(size));
    outcome.hasCrashed = pclose(output) != 0;
    return outcome;
}

} // namespace

class tst_Misuse : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void misuseIsMet_data();
    void misuseIsMet();
    void aLongGuardIsWarnedAboutInDebugBuilds();
    void theLimitOfAGuardComesFromTheEnvironment();
    void shortGuardsAreNotWarnedAbout();
};

void tst_Misuse::misuseIsMet_data()
{
    QTest::addColumn<QByteArray>("rule");
    for (const Case &each : cases) {
        if (each.rule)
            QTest::newRow(each.name) << QByteArray(each.rule);
    }
}

void tst_Misuse::misuseIsMet()
{
    QFETCH(const QByteArray, rule);
    const Outcome outcome = runInChild(QTest::currentDataTag());
    if (isDebug) {
        QVERIFY2(outcome.hasCrashed, outcome.output);
        QVERIFY2(outcome.output.contains(rule), outcome.output);
        QVERIFY2(outcome.output.contains("ASSERT failure in SyncMap"), outcome.output);
    } else {
        QVERIFY2(!outcome.hasCrashed, outcome.output);
        QCOMPARE(outcome.output.trimmed(), QByteArray("as promised"));
    }
}

void tst_Misuse::aLongGuardIsWarnedAboutInDebugBuilds()
{
    const Outcome outcome = runInChild("a long guard", "1");
    QVERIFY(!outcome.hasCrashed);
    QVERIFY2(outcome.output.contains("as promised"), outcome.output);
    QCOMPARE(outcome.output.contains("A guard was held for"), isDebug);
    QCOMPARE(outcome.output.contains("must not be kept across the event loop"), isDebug);
    QCOMPARE(outcome.output.contains("syncmap.reclamation"), isDebug);
}

void tst_Misuse::theLimitOfAGuardComesFromTheEnvironment()
{
    for (const char *limit : { "0", "100000" }) { // none, and a generous one
        const Outcome outcome = runInChild("a long guard", limit);
        QCOMPARE(outcome.output.trimmed(), QByteArray("as promised"));
    }
}

void tst_Misuse::shortGuardsAreNotWarnedAbout()
{
    const Outcome outcome = runInChild("short guards");
    QVERIFY(!outcome.hasCrashed);
    QCOMPARE(outcome.output.trimmed(), QByteArray("as promised"));
}

int main(int argc, char **argv)
{
    if (argc == 3 && std::strcmp(argv[1], "--child") == 0)
        return runChild(argv[2]);
    program = argv[0];
    tst_Misuse test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_misuse.moc"
