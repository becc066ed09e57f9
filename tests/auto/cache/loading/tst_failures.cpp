// SPDX-License-Identifier: MIT

// What is remembered of loads that failed, and what a stale value is good for meanwhile.

#include "loading.h"
#include "validatedcache.h"

#include <QtTest/qtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Context = SyncCacheLoadContext<int>;

class tst_Failures : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void withoutATimeNothingIsRemembered()
    {
        ValidatedCache<int, int> cache(100);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int, Context &context) {
            ++runs;
            context.fail(u"offline"_s);
            return 0;
        });
        for (int i = 1; i <= 3; ++i) {
            QCOMPARE(cache.load(1).error.message(), u"offline"_s);
            QCOMPARE(runs.load(), i);
        }
        QCOMPARE(cache.lastError(1).message(), u"offline"_s);
        QVERIFY(!cache.lastError(2));
        QVERIFY(cache.isEmpty());
    }

    // A failure that is remembered answers all ways to ask but refresh(), which is to try again.
    void whatIsRememberedAnswersAllButRefresh()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setErrorTimeToLive(10s);
        std::atomic<int> runs { 0 };
        const auto fail = [&runs](int) -> int {
            ++runs;
            throw std::runtime_error("offline");
        };
        cache.setLoader(fail);
        std::atomic<int> batches { 0 };
        cache.setBulkLoader([&batches](const QList<int> &) {
            ++batches;
            return QHash<int, int>();
        });
        QCOMPARE(cache.load(1).error.message(), u"offline"_s);
        QCOMPARE(errorOf(cache.getOrLoad(1)).message(), u"offline"_s);
        QCOMPARE(errorOf(cache.getOrLoad(1, fail)).message(), u"offline"_s);
        QCOMPARE(runs.load(), 1);
        QVERIFY(cache.getAll({ 1 }).result().isEmpty()); // by another loader
        QVERIFY(cache.getAll({ 1 }).result().isEmpty());
        QCOMPARE(batches.load(), 1);
        QCOMPARE(errorOf(cache.refresh(1)).message(), u"offline"_s);
        QCOMPARE(runs.load(), 2);
        clock.advance(10s);
        QCOMPARE(cache.load(1).error.message(), u"offline"_s);
        QCOMPARE(runs.load(), 3);
    }

    void whatIsWrittenForgetsTheFailure_data()
    {
        QTest::addColumn<int>("write");
        QTest::newRow("insert and remove") << 0;
        QTest::newRow("remove") << 1;
        QTest::newRow("invalidate") << 2;
        QTest::newRow("invalidateAll") << 3;
        QTest::newRow("clear") << 4;
        QTest::newRow("compute") << 5;
    }
    void whatIsWrittenForgetsTheFailure()
    {
        QFETCH(const int, write);
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setErrorTimeToLive(10s);
        std::atomic<bool> isOnline { false };
        cache.setLoader([&isOnline](int key, Context &context) {
            if (!isOnline)
                context.absent();
            return key;
        });
        QCOMPARE(cache.load(1).error.code(), SyncCacheError::KeyNotFound);
        QCOMPARE(cache.load(2).error.code(), SyncCacheError::KeyNotFound);
        isOnline = true;
        switch (write) {
        case 0:
            cache.insert(1, 5);
            cache.remove(1);
            break;
        case 1:
            cache.remove(1);
            break;
        case 2:
            cache.invalidate(1);
            break;
        case 3:
            cache.invalidateAll();
            break;
        case 4:
            cache.clear();
            break;
        default:
            cache.compute(1, [](const int *) { return std::optional<int>(); });
        }
        QCOMPARE(cache.load(1).value, std::optional<int>(1));
        const bool wasForAll = write == 3 || write == 4;
        QCOMPARE(cache.load(2).value.has_value(), wasForAll);
    }

    // A load that is overtaken by a write does not leave its failure behind.
    void aFailureThatWasOvertakenIsNotRemembered()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setErrorTimeToLive(10s);
        Gate gate;
        cache.setLoader([&gate](int) -> int {
            gate.pass(0);
            if (gate.runs == 1)
                throw std::runtime_error("offline");
            return 7;
        });
        QFuture<int> future = cache.getOrLoad(1);
        gate.entered.wait();
        cache.remove(1);
        gate.mayLeave.open();
        QCOMPARE(errorOf(future).message(), u"offline"_s);
        QCOMPARE(cache.load(1).value, std::optional<int>(7));
    }

    void aStaleValueOutlivesFailures()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setStaleTime(10s);
        cache.setErrorTimeToLive(5s);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int) -> int {
            if (++runs > 1)
                throw std::runtime_error("offline");
            return 1;
        });
        QCOMPARE(cache.load(1).value, std::optional<int>(1));
        clock.advance(10s);
        for (int i = 0; i < 5; ++i) {
            QCOMPARE(cache.getOrLoad(1).result(), 1);
            QVERIFY(cache.waitForDone());
        }
        QCOMPARE(runs.load(), 2); // not tried again with each
        QCOMPARE(cache.lastError(1).message(), u"offline"_s);
        clock.advance(5s);
        QCOMPARE(cache.getOrLoad(1).result(), 1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(runs.load(), 3);
        QCOMPARE(cache.peek(1), std::optional<int>(1));
    }

    // All ways to ask return what is stale at once, and one load is enough.
    void whatIsStaleIsReturnedByAllAndLoadedOnce()
    {
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 1);
        cache.insert(2, 2);
        cache.invalidateAll();
        Gate gate;
        cache.setLoader([&gate](int key) { return gate.pass(key * 10); });
        QCOMPARE(cache.getOrLoad(1).result(), 1);
        gate.entered.wait();
        QCOMPARE(cache.load(1).value, std::optional<int>(1));
        QCOMPARE(cache.getAll({ 1, 2 }).result(), (QHash<int, int> { { 1, 1 }, { 2, 2 } }));
        std::optional<int> told;
        cache.getOrLoad(1, this,
                        [&told](const SyncCacheLoadResult<int> &result) { told = result.value; });
        QCOMPARE(told, std::optional<int>(1));
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(gate.runs.load(), 2);
        QCOMPARE(cache.toHash(), (QHash<int, int> { { 1, 10 }, { 2, 20 } }));
    }

    void aBatchLoadsWhatIsStaleAnew()
    {
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 1);
        cache.invalidate(1);
        cache.setBulkLoader([](const QList<int> &keys) {
            QHash<int, int> values;
            for (const int key : keys)
                values.insert(key, key * 10);
            return values;
        });
        QCOMPARE(cache.getAll({ 1, 2 }).result(), (QHash<int, int> { { 1, 1 }, { 2, 20 } }));
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(1), std::optional<int>(10));
    }

    void aLoaderMaySayThatItsValueIsStale()
    {
        ValidatedCache<int, int> cache(100);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int, Context &context) {
            if (++runs == 1)
                context.stale();
            return runs.load();
        });
        QCOMPARE(cache.getOrLoad(1).result(), 1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.getOrLoad(1).result(), 1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.getOrLoad(1).result(), 2);
    }

    void notModifiedWithoutAValueIsAFailure()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int, Context &context) {
            context.notModified();
            return 0;
        });
        QCOMPARE(cache.load(1).error.code(), SyncCacheError::KeyNotFound);
        QVERIFY(cache.isEmpty());
    }

    // Of several answers the first counts, also beside the value that is returned.
    void theFirstAnswerCounts()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int, Context &context) {
            context.finish(1);
            context.fail(u"late"_s);
            return 2;
        });
        QCOMPARE(cache.load(1).value, std::optional<int>(1));
        QCOMPARE(cache.peek(1), std::optional<int>(1));
        QVERIFY(cache.waitForDone());
    }

    void aTagThatIsRemovedDuringALoadKeepsItsValueOut()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        cache.setLoader([&gate](int key, Context &context) {
            context.setTags({ key == 1 ? u"old"_s : u"other"_s });
            return gate.pass(key);
        });
        QFuture<int> first = cache.getOrLoad(1);
        QFuture<int> second = cache.getOrLoad(2);
        QTRY_COMPARE(gate.runs.load(), 2); // who begins later reads what is new
        cache.removeByTag(u"old"_s);
        gate.mayLeave.open();
        QCOMPARE(first.result(), 1); // who waited gets what was loaded
        QCOMPARE(second.result(), 2);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.keys(), QList<int> { 2 });
        QCOMPARE(cache.load(1).value, std::optional<int>(1));
        QVERIFY(cache.contains(1));
    }

    void aLoadedValueThatCannotFitIsStillAnswered()
    {
        ValidatedCache<int, int> cache(10);
        cache.setLoader([](int key, Context &context) {
            context.setCost(11);
            return key;
        });
        QCOMPARE(cache.load(1).value, std::optional<int>(1));
        QVERIFY(cache.isEmpty());
        QCOMPARE(cache.statistics().refused, quint64(1));
    }

    void failuresAreRememberedAsFarAsTheirBytesGo()
    {
        ValidatedCache<int, int> cache(100);
        QCOMPARE(cache.maxErrorBytes(), qsizetype(4 << 20));
        cache.setErrorTimeToLive(1h);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int, Context &context) {
            ++runs;
            context.fail(u"offline"_s);
            return 0;
        });
        cache.load(0);
        const quint64 each = cache.statistics().errorBytes;
        QVERIFY(each > 100 && each < 1000);
        for (int key = 1; key < 3000; ++key)
            cache.load(key);
        QCOMPARE(cache.statistics().errorBytes, 3000 * each);
        for (int key = 0; key < 3000; ++key)
            cache.load(key);
        QCOMPARE(runs.load(), 3000);

        cache.setMaxErrorBytes(qsizetype(100 * each)); // at once
        QCOMPARE(cache.statistics().errorBytes, 100 * each);
        QVERIFY(!cache.lastError(2899));
        QVERIFY(cache.lastError(2900));
        cache.load(2899); // one comes, the oldest goes
        QCOMPARE(runs.load(), 3001);
        QCOMPARE(cache.statistics().errorBytes, 100 * each);
        QVERIFY(cache.lastError(2899));
        QVERIFY(!cache.lastError(2900));
        QVERIFY(errorOf(cache.refresh(2901))); // is the latest now
        cache.load(5000);
        QVERIFY(cache.lastError(2901));
        QVERIFY(!cache.lastError(2902));

        cache.setMaxErrorBytes(0);
        QVERIFY(cache.lastError(5000)); // the latest
        QVERIFY(!cache.lastError(2901));
        cache.load(5001);
        QVERIFY(cache.lastError(5001));
        QCOMPARE(cache.statistics().errorBytes, each);
    }

    void largeKeysAndTextsOfFailuresCount()
    {
        ValidatedCache<QByteArray, int> cache(100);
        cache.setErrorTimeToLive(1h);
        cache.setLoader([](const QByteArray &key, SyncCacheLoadContext<int> &context) {
            context.fail(QString::fromLatin1(key));
            return 0;
        });
        constexpr int size = 100'000;
        for (char each = 'a'; each < 'z'; ++each) {
            cache.load(QByteArray(size, each));
            QVERIFY(cache.statistics().errorBytes <= 4 << 20);
        }
        QVERIFY(cache.statistics().errorBytes > 3 << 20);
        QVERIFY(!cache.lastError(QByteArray(size, 'a')));
        QVERIFY(cache.lastError(QByteArray(size, 'y')));
    }

    // What may be tried again anyway; or all of it.
    void trimmingForgetsFailures()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setErrorTimeToLive(10s);
        cache.setLoader([](int) -> int { throw std::runtime_error("offline"); });
        cache.load(1);
        clock.advance(9s);
        cache.load(2);
        cache.trim(SyncCacheTrimLevel::Moderate);
        QVERIFY(cache.lastError(1));
        clock.advance(1s);
        cache.trim(SyncCacheTrimLevel::Expired);
        QVERIFY(!cache.lastError(1));
        QVERIFY(cache.lastError(2));
        cache.trim(SyncCacheTrimLevel::Complete);
        QVERIFY(!cache.lastError(2));
        QCOMPARE(cache.statistics().errorBytes, quint64(0));
    }

    void aBatchThatThrowsFailsAllItsKeys_data()
    {
        QTest::addColumn<int>("what");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("message");
        QTest::newRow("an error of the cache")
                << 0 << int(SyncCacheError::TimedOut) << u"no answer"_s;
        QTest::newRow("a standard exception")
                << 1 << int(SyncCacheError::LoadFailed) << u"offline"_s;
        QTest::newRow("anything") << 2 << int(SyncCacheError::LoadFailed)
                                  << u"something was thrown that is no std::exception"_s;
    }
    void aBatchThatThrowsFailsAllItsKeys()
    {
        QFETCH(const int, what);
        QFETCH(const int, code);
        QFETCH(const QString, message);
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 1);
        cache.setBulkLoader([what](const QList<int> &) -> QHash<int, int> {
            if (what == 0)
                throw SyncCacheError(SyncCacheError::TimedOut, u"no answer"_s);
            if (what == 1)
                throw std::runtime_error("offline");
            throw 2;
        });
        QCOMPARE(cache.getAll({ 1, 2, 3 }).result(), (QHash<int, int> { { 1, 1 } }));
        const SyncCacheError error = errorOf(cache.getAll({ 2, 3 }));
        QCOMPARE(int(error.code()), code);
        QCOMPARE(error.message(), message);
        QVERIFY(cache.waitForDone());
        for (const int key : { 2, 3 })
            QCOMPARE(cache.lastError(key).message(), message);
        QCOMPARE(cache.toHash(), (QHash<int, int> { { 1, 1 } }));
    }

    void aLoadedValueThatCannotBeKeptIsAFailure_data()
    {
        QTest::addColumn<bool>("isStandard");
        QTest::addColumn<QString>("message");
        QTest::newRow("a standard exception") << true << u"heavy"_s;
        QTest::newRow("anything") << false << u"something was thrown that is no std::exception"_s;
    }
    void aLoadedValueThatCannotBeKeptIsAFailure()
    {
        QFETCH(const bool, isStandard);
        QFETCH(const QString, message);
        ValidatedCache<int, int> cache(100);
        cache.setWeigher([isStandard](int, int) -> qsizetype {
            if (isStandard)
                throw std::runtime_error("heavy");
            throw 1;
        });
        cache.setLoader([](int key) { return key; });
        const SyncCacheLoadResult<int> result = cache.load(1);
        QVERIFY(!result.value);
        QCOMPARE(result.error.code(), SyncCacheError::LoadFailed);
        QCOMPARE(result.error.message(), message);
        QVERIFY(cache.isEmpty());
        QCOMPARE(cache.statistics().loadsInFlight, quint64(0));
    }

    void aDeferredLoaderThatThrowsFails()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader(this, [](int, Context) { throw 1; });
        const QFuture<int> future = cache.getOrLoad(1);
        QTRY_VERIFY(future.isFinished());
        QCOMPARE(errorOf(future).message(), u"something was thrown that is no std::exception"_s);
    }

    // A load that was overtaken, and ends after the one that came instead.
    void whatIsKnownIsOfTheLastLoad_data()
    {
        QTest::addColumn<bool>("fails");
        QTest::newRow("the first has a value") << false;
        QTest::newRow("the first fails") << true;
    }
    void whatIsKnownIsOfTheLastLoad()
    {
        QFETCH(const bool, fails);
        Gate gate;
        ValidatedCache<int, int> cache(100);
        cache.setErrorTimeToLive(std::chrono::hours(1));
        cache.setSupersededLoadTime(std::chrono::milliseconds(0));
        cache.setLoader([&gate, fails](int) -> int {
            if (gate.runs == 0) {
                const int value = gate.pass(1);
                return fails ? throw std::runtime_error("old") : value;
            }
            ++gate.runs;
            throw std::runtime_error("new");
        });
        const QFuture<int> first = cache.getOrLoad(1);
        gate.entered.wait();
        cache.insert(1, 5);
        cache.remove(1);
        QVERIFY(cache.load(1).error);
        QCOMPARE(gate.runs.load(), 2);
        gate.mayLeave.open();
        QCOMPARE(errorOf(first).isError(), fails);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.lastError(1).message(), u"new"_s);
        QCOMPARE(cache.load(1).error.message(), u"new"_s);
        QCOMPARE(gate.runs.load(), 2);
    }

    void errorsAreExceptions()
    {
        const SyncCacheError error(SyncCacheError::TimedOut, u"too slow \u2026"_s);
        const std::unique_ptr<QException> copy(error.clone());
        QCOMPARE(QString::fromUtf8(copy->what()), error.message());
        QVERIFY_THROWS_EXCEPTION(SyncCacheError, copy->raise());
    }
};

QTEST_GUILESS_MAIN(tst_Failures)

#include "tst_failures.moc"
