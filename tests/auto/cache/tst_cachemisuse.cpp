// SPDX-License-Identifier: MIT

// What must not be done to a cache, done in a child process: a debug build stops with a sentence
// that tells the rule, a release build does no harm.

#include <SyncMap/SyncCache>

#include <QtTest/qtest.h>

#include <cstdio>
#include <cstring>

#include <sys/resource.h>

namespace {

#ifdef QT_NO_DEBUG
constexpr bool isDebug = false;
#else
constexpr bool isDebug = true;
#endif

// The children. Each returns whether it went as release builds promise.

bool negativeCost()
{
    SyncCache<int, int> cache(10);
    return cache.insert(1, 1, -5) && cache.contains(1) && cache.totalCost() == 0
            && cache.isConsistent();
}

bool negativeWeight()
{
    SyncCache<int, int> cache(10);
    cache.setWeigher([](int, int) { return qsizetype(-1); });
    return cache.insert(1, 1) && cache.totalCost() == 0 && cache.isConsistent();
}

bool timeThatGoesBack()
{
    SyncCacheManualClock clock(std::chrono::seconds(10));
    clock.advance(std::chrono::seconds(-5));
    return clock.now() == std::chrono::seconds(10);
}

struct Case
{
    const char *name;
    bool (*run)();
    const char *rule; // what the assertion says
};

constexpr Case cases[] = {
    { "a negative cost", negativeCost, "a cost must not be negative" },
    { "a negative weight", negativeWeight, "a cost must not be negative" },
    { "time that goes back", timeThatGoesBack, "time does not go back" },
};

int runChild(const char *name)
{
    const rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none); // it ends in abort() on purpose
    for (const Case &each : cases) {
        if (std::strcmp(each.name, name) == 0)
            std::puts(each.run() ? "as promised" : "not as promised");
    }
    return 0;
}

// As this program was called.
QByteArray program;

} // namespace

class tst_CacheMisuse : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isMetByASentenceOrDoesNoHarm_data()
    {
        QTest::addColumn<int>("index");
        for (int i = 0; i < int(std::size(cases)); ++i)
            QTest::newRow(cases[i].name) << i;
    }
    void isMetByASentenceOrDoesNoHarm()
    {
        QFETCH(const int, index);
        // Not by QProcess, whose way to fork ThreadSanitizer cannot follow.
        const QByteArray command =
                "exec '" + program + "' --child '" + cases[index].name + "' 2>&1";
        std::FILE *child = popen(command.constData(), "r");
        QVERIFY(child);
        QByteArray output;
        char text[4096];
        while (const size_t size = std::fread(text, 1, sizeof(text), child))
            output.append(text, qsizetype(size));
        const bool hasCrashed = pclose(child) != 0;
        QCOMPARE(hasCrashed, isDebug);
        QVERIFY2(output.contains(isDebug ? cases[index].rule : "as promised")
                         && !output.contains("not as promised"),
                 output.constData());
    }
};

int main(int argc, char **argv)
{
    if (argc == 3 && std::strcmp(argv[1], "--child") == 0)
        return runChild(argv[2]);
    program = argv[0];
    tst_CacheMisuse test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_cachemisuse.moc"
