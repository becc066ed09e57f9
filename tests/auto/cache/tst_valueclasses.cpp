// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/QThreadPool>
#include <QtTest/QTest>

using namespace std::chrono_literals;

namespace {

template <typename T>
QString written(const T &value)
{
    QString text;
    QDebug(&text) << value;
    return text.trimmed();
}

// What each value class of Qt's has: a default state, copies that are equal, a swap.
template <typename T>
void isAValue(const T &other)
{
    T value {};
    QVERIFY(value == T {});
    QVERIFY(value != other);
    T copy = other;
    QVERIFY(copy == other);
    using std::swap;
    swap(value, copy);
    QVERIFY(value == other);
    QVERIFY(copy == T {});
    const T moved = std::move(value);
    QVERIFY(moved == other);
}

} // namespace

class tst_ValueClasses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void areValues()
    {
        isAValue(SyncCacheEntryOptions().setCost(3));
        isAValue(SyncCacheLoadOptions().setPriority(1));
        isAValue(SyncCacheError(SyncCacheError::FileError));
        isAValue(SyncCacheLoadResult<int> { 5, {} });
        isAValue(SyncCacheLoadResult<int> { {}, SyncCacheError(SyncCacheError::Canceled) });
    }

    void optionsAreWritten()
    {
        QCOMPARE(written(SyncCacheEntryOptions()), QStringLiteral("SyncCacheEntryOptions()"));
        QCOMPARE(written(SyncCacheEntryOptions()
                                 .setCost(3)
                                 .setTimeToLive(5s)
                                 .setPinned(false)
                                 .setTags({ QStringLiteral("a"), QStringLiteral("b") })),
                 QStringLiteral("SyncCacheEntryOptions(cost 3, time to live 5000 ms, pinned false, "
                                "tags (\"a\", \"b\"))"));
        QCOMPARE(written(SyncCacheEntryOptions().setTags({})),
                 QStringLiteral("SyncCacheEntryOptions(tags ())"));
        QCOMPARE(written(SyncCacheEntryOptions().setTimeToLive(SyncCacheForever)),
                 QStringLiteral("SyncCacheEntryOptions(time to live for ever)"));
        QCOMPARE(written(SyncCacheEntryOptions().resetTimeToLive()),
                 QStringLiteral("SyncCacheEntryOptions(the cache's time to live)"));

        QCOMPARE(written(SyncCacheLoadOptions()), QStringLiteral("SyncCacheLoadOptions()"));
        QThreadPool pool;
        const QString text = written(SyncCacheLoadOptions()
                                             .setPool(&pool, SyncCachePoolUse::OwnThreadsOnly)
                                             .setPriority(2));
        QVERIFY2(text.startsWith(u"SyncCacheLoadOptions(pool QThreadPool(0x")
                         && text.endsWith(u", for SyncCachePoolUse::OwnThreadsOnly, priority 2)"),
                 qPrintable(text));
    }

    void infoIsWritten()
    {
        SyncCacheManualClock clock;
        SyncCache<int, int> cache;
        cache.setClock(&clock);
        cache.insert(1, 1);
        clock.advance(2s);
        QCOMPARE(written(*cache.entryInfo(1)),
                 QStringLiteral("SyncCacheEntryInfo(cost 1, age 2000 ms)"));

        cache.insert(2, 2,
                     SyncCacheEntryOptions().setPinned(true).setTimeToLive(9s).setTags(
                             { QStringLiteral("t") }));
        cache.invalidate(2);
        QCOMPARE(written(*cache.entryInfo(2)),
                 QStringLiteral("SyncCacheEntryInfo(cost 1, age 0 ms, own time to live 9000 ms, "
                                "stale, pinned, tags (\"t\"))"));
    }

    void enumerationsAreWritten()
    {
        QCOMPARE(written(SyncCacheRemovalCause::Explicit),
                 QStringLiteral("SyncCacheRemovalCause::Explicit"));
        QCOMPARE(written(SyncCacheRemovalCause::Trimmed),
                 QStringLiteral("SyncCacheRemovalCause::Trimmed"));
        QCOMPARE(written(SyncCacheRemovalCause(200)), QStringLiteral("SyncCacheRemovalCause::200"));
        QCOMPARE(written(SyncCacheTrimLevel::Complete),
                 QStringLiteral("SyncCacheTrimLevel::Complete"));
        QCOMPARE(written(SyncCachePoolUse::AnyThread),
                 QStringLiteral("SyncCachePoolUse::AnyThread"));
    }

    void resultsAreWritten()
    {
        QCOMPARE(written(SyncCacheLoadResult<int> { 5, {} }),
                 QStringLiteral("SyncCacheLoadResult(5)"));
        const SyncCacheError error(SyncCacheError::LoadFailed, QStringLiteral("no network"));
        QCOMPARE(written(SyncCacheLoadResult<int> { {}, error }),
                 QStringLiteral("SyncCacheLoadResult(%1)").arg(written(error)));
        QVERIFY(written(error).contains(u"no network"));
    }

    // A variant asks what a type can do; what its values cannot, a result cannot.
    void resultsOfAnyTypeAreVariants()
    {
        struct Plain
        {
            int number = 0;
        };
        const auto variant = QVariant::fromValue(SyncCacheLoadResult<Plain> { Plain { 3 }, {} });
        QCOMPARE(variant.value<SyncCacheLoadResult<Plain>>().value->number, 3);
        QVERIFY(QVariant::fromValue(SyncCacheLoadResult<int> { 5, {} })
                == QVariant::fromValue(SyncCacheLoadResult<int> { 5, {} }));
    }

    void numbersAreCompared()
    {
        SyncCacheManualClock clock;
        SyncCache<int, int> cache;
        cache.setClock(&clock);
        cache.insert(1, 1);
        const auto info = cache.entryInfo(1);
        const auto statistics = cache.statistics();
        QVERIFY(info == cache.entryInfo(1));
        QVERIFY(statistics == cache.statistics());
        clock.advance(1s);
        QVERIFY(info != cache.entryInfo(1));
        QVERIFY(!cache.find(2));
        QVERIFY(statistics != cache.statistics());

        SyncMap<int, int> map;
        const auto empty = map.statistics();
        QVERIFY(empty == map.statistics());
        map.insert(1, 1);
        QVERIFY(empty != map.statistics());
    }

    void whatIsNegativeIsNoBound()
    {
        SyncCache<int, int> cache(-5);
        QCOMPARE(cache.maxCost(), qsizetype(-1));
        cache.setMaxCost(3);
        cache.setMaxCost(-7);
        QCOMPARE(cache.maxCost(), qsizetype(-1));
    }

    void statisticsAreWritten()
    {
        SyncMap<int, QString> map;
        map.insert(1, QStringLiteral("one"));
        const auto statistics = map.statistics();
        QVERIFY(written(statistics)
                        .startsWith(
                                QStringLiteral("SyncMapStatistics(table bytes %1, retired objects ")
                                        .arg(statistics.tableBytes)));
        SyncCache<int, int> cache;
        QVERIFY(written(cache.statistics()).startsWith(u"SyncCacheStatistics(hits 0, misses 0"));
    }

    void theLibraryTellsItsVersion()
    {
        QCOMPARE(syncMapVersion(), SYNCMAP_VERSION_STR);
        QVERIFY(SYNCMAP_VERSION >= SYNCMAP_VERSION_CHECK(1, 0, 0));
        QVERIFY(SYNCMAP_VERSION < SYNCMAP_VERSION_CHECK(SYNCMAP_VERSION_MAJOR + 1, 0, 0));
        QVERIFY(syncMapFits());
    }

    void headersOfAnotherMinorVersionDoNotFit()
    {
        constexpr int patch =
                SYNCMAP_VERSION_CHECK(SYNCMAP_VERSION_MAJOR, SYNCMAP_VERSION_MINOR, 99);
        QVERIFY(SyncMapInternal::isBuiltFor(patch, "a patch"));

        constexpr int minor =
                SYNCMAP_VERSION_CHECK(SYNCMAP_VERSION_MAJOR, SYNCMAP_VERSION_MINOR + 1, 0);
        const QByteArray said =
                QByteArray(
                        "SyncMap: a part of this program was compiled with the headers of version 9.9, "
                        "and runs with the library of version ")
                + SYNCMAP_VERSION_STR
                + ". They share nothing. Compile both with one minor version.";
        QTest::ignoreMessage(QtWarningMsg, said.constData());
        QVERIFY(!SyncMapInternal::isBuiltFor(minor, "9.9"));
    }
};

QTEST_GUILESS_MAIN(tst_ValueClasses)
#include "tst_valueclasses.moc"
