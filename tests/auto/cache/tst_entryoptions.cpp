// SPDX-License-Identifier: MIT

// What is said of one entry: it stays until somebody says otherwise, and what is over is over.

#include "loading.h"
#include "lockprobe.h"
#include "threads.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdebug.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Options = SyncCacheEntryOptions;
using Milliseconds = std::chrono::milliseconds;

namespace {

using Cache = ValidatedCache<QString, int>;

const QString key = QStringLiteral("key");
const QString tag = QStringLiteral("tag");

Options all()
{
    return Options().setTimeToLive(60s).setTags({ tag }).setCost(40).setPinned(true);
}

// What all() says is so.
bool hasAll(const Cache &cache, Milliseconds left = 60s)
{
    const std::optional<SyncCacheEntryInfo> info = cache.entryInfo(key);
    return info && info->cost == 40 && info->pinned && info->tags == QStringList { tag }
    && info->hasOwnTimeToLive && info->timeToLiveLeft == left;
}

// Does something when it is copied, once.
struct Copied
{
    static inline std::function<void()> whenCopied;

    Copied() = default;
    Copied(const Copied &)
    {
        if (whenCopied)
            std::exchange(whenCopied, nullptr)();
    }
    Copied(Copied &&) noexcept = default;
    Copied &operator=(const Copied &) = default;
    Copied &operator=(Copied &&) noexcept = default;
    ~Copied() = default;
};

constexpr int Tagged = 500; // more than one slice

void fillWithTagged(ValidatedCache<int, MeasuredValue> &cache)
{
    for (int i = 0; i < Tagged; ++i)
        cache.insert(i, {}, Options().setTags({ tag }));
}

// Runs f() once, when a value is measured in this thread, which is under no lock.
template <typename Function>
auto whenFirstMeasured(Function f)
{
    MeasuredValue::whenMeasured = [f, isDone = false]() mutable {
        if (!std::exchange(isDone, true))
            f();
    };
    return qScopeGuard([] { MeasuredValue::whenMeasured = nullptr; });
}

int warnings = 0;
QByteArray lastWarning;

void countWarnings(QtMsgType type, const QMessageLogContext &, const QString &message)
{
    if (type != QtWarningMsg)
        return;
    ++warnings;
    lastWarning = message.toUtf8();
}

// Warnings are counted as long as it lives.
struct WarningCounter
{
    QtMessageHandler before = qInstallMessageHandler(countWarnings);

    WarningCounter()
    {
        warnings = 0;
        lastWarning.clear();
    }
    Q_DISABLE_COPY_MOVE(WarningCounter)
    ~WarningCounter() { qInstallMessageHandler(before); }
};

} // namespace

class tst_EntryOptions : public QObject
{
    Q_OBJECT

private:
    SyncCacheManualClock m_clock;

private Q_SLOTS:
    void nothingHasToBeSaid()
    {
        const Options nothing;
        QVERIFY(nothing.isEmpty());
        QVERIFY(nothing == Options());
        QVERIFY(!Options().setPinned(false).isEmpty());
        QVERIFY(!Options().setTags({}).isEmpty());
        QVERIFY(!Options().resetTimeToLive().isEmpty());
        QVERIFY(!Options().setTimeToLive(1s).resetTimeToLive().timeToLive);
        QVERIFY(!Options().resetTimeToLive().setTimeToLive(1s).resetsTimeToLive);
        QVERIFY(all() == all());
        QVERIFY(all() != all().setCost(41));
    }

    void insertionsBringAll()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        QVERIFY(cache.insert(key, 1, all()));
        QVERIFY(hasAll(cache));
        cache.insert(key, 2); // all of them: the defaults
        const auto plain = cache.entryInfo(key);
        QVERIFY(plain);
        QCOMPARE(plain->cost, 1);
        QVERIFY(!plain->pinned && plain->tags.isEmpty() && !plain->hasOwnTimeToLive);
        QCOMPARE(plain->timeToLiveLeft, SyncCacheForever);
        cache.remove(key);
        QVERIFY(cache.tryInsert(key, 3, all()).inserted);
        QVERIFY(hasAll(cache));
        QVERIFY(!cache.tryInsert(key, 4, Options()).inserted);
        QVERIFY(hasAll(cache));
    }

    void aComputationKeepsThem()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        cache.insert(key, 1, all());
        m_clock.advance(20s);
        const auto more = [](const int *value) { return std::optional<int>(*value + 1); };
        QCOMPARE(cache.compute(key, more), std::optional<int>(2));
        QVERIFY(hasAll(cache)); // the time begins anew
        QCOMPARE(cache.totalCost(), 40);
        QCOMPARE(cache.exchange(key, 5), std::optional<int>(2));
        QVERIFY(hasAll(cache));
        for (int i = 0; i < 1000; ++i)
            cache.insert(QString::number(i), i);
        cache.trim(SyncCacheTrimLevel::Complete);
        QVERIFY(cache.contains(key));
        QCOMPARE(cache.removeByTag(tag), 1);
        // Of what was not there, nothing is kept.
        QCOMPARE(cache.compute(key, [](const int *) { return std::optional<int>(1); }),
                 std::optional<int>(1));
        QCOMPARE(cache.entryInfo(key)->cost, 1);
    }

    void aWeigherWeighsEachValue()
    {
        Cache cache(100);
        cache.setWeigher([](const QString &, int value) { return value; });
        cache.insert(key, 10, Options().setCost(1).setPinned(true));
        QCOMPARE(cache.totalCost(), 1);
        cache.exchange(key, 20);
        QCOMPARE(cache.totalCost(), 20);
        QVERIFY(cache.entryInfo(key)->pinned);
        // What does not fit is as an insertion that does not.
        QCOMPARE(cache.compute(key, [](const int *) { return std::optional<int>(101); }),
                 std::nullopt);
        QVERIFY(!cache.contains(key));
    }

    void aLoaderKeepsWhatItDoesNotName()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        cache.insert(key, 1, all());
        cache.setLoader([](const QString &) { return 2; });
        m_clock.advance(20s);
        QCOMPARE(cache.refresh(key).result(), 2);
        QVERIFY(hasAll(cache));
        cache.invalidate(key);
        cache.load(key);
        QVERIFY(cache.waitForDone());
        QVERIFY(hasAll(cache));
        QVERIFY(!cache.isStale(key));

        cache.setLoader([](const QString &, SyncCacheLoadContext<int> &context) {
            context.setTags({});
            context.setPinned(false);
            context.resetTimeToLive();
            context.setCost(3);
            return 3;
        });
        QCOMPARE(cache.refresh(key).result(), 3);
        const auto info = cache.entryInfo(key);
        QVERIFY(info && !info->pinned && info->tags.isEmpty() && !info->hasOwnTimeToLive);
        QCOMPARE(info->cost, 3);
        QCOMPARE(info->timeToLiveLeft, SyncCacheForever);

        cache.setLoader([](const QString &, SyncCacheLoadContext<int> &context) {
            context.setOptions(all());
            return 4;
        });
        QCOMPARE(cache.refresh(key).result(), 4);
        QVERIFY(hasAll(cache));
    }

    // As a server that says 304, and for how long that is good.
    void whatIsNotModifiedTakesOptions()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        cache.setTimeToLive(60s);
        cache.insert(key, 7, Options().setCost(5));
        cache.setLoader([](const QString &, SyncCacheLoadContext<int> &context) {
            context.setTimeToLive(600s);
            context.setTags({ tag });
            context.notModified();
            return 0;
        });
        m_clock.advance(50s);
        QCOMPARE(cache.refresh(key).result(), 7);
        m_clock.advance(100s);
        const auto info = cache.entryInfo(key);
        QVERIFY(info);
        QCOMPARE(info->timeToLiveLeft, Milliseconds(500s));
        QCOMPARE(info->age, Milliseconds(100s));
        QCOMPARE(info->cost, 5);
        QCOMPARE(info->tags, QStringList { tag });
        // Its own time begins anew, though nothing is said of it.
        cache.setLoader([](const QString &, SyncCacheLoadContext<int> &context) {
            context.notModified();
            return 0;
        });
        QCOMPARE(cache.refresh(key).result(), 7);
        QCOMPARE(cache.entryInfo(key)->timeToLiveLeft, Milliseconds(600s));
        // Over at once: who asked gets the value.
        cache.setLoader([](const QString &, SyncCacheLoadContext<int> &context) {
            context.setTimeToLive(0s);
            context.notModified();
            return 0;
        });
        QCOMPARE(cache.refresh(key).result(), 7);
        QVERIFY(!cache.contains(key));
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Expired), quint64(1));
    }

    void optionsAreSetWithoutAValue()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        cache.setStaleTime(50s);
        cache.setTimeToIdle(500s);
        int told = 0;
        cache.onRemoved(this, [&told](const QString &, int, SyncCacheRemovalCause) { ++told; });
        QVERIFY(!cache.setEntryOptions(key, all()));
        cache.insert(key, 1);
        m_clock.advance(20s);
        QVERIFY(cache.setEntryOptions(key, all()));
        QVERIFY(hasAll(cache)); // from now on
        auto info = cache.entryInfo(key);
        QCOMPARE(info->age, Milliseconds(20s));
        QCOMPARE(info->staleTimeLeft, Milliseconds(30s));
        QCOMPARE(info->timeToIdleLeft, Milliseconds(480s));
        QCOMPARE(cache.peek(key), std::optional<int>(1));

        m_clock.advance(10s);
        QVERIFY(cache.setEntryOptions(key, Options().setPinned(false)));
        info = cache.entryInfo(key);
        QVERIFY(!info->pinned);
        QCOMPARE(info->timeToLiveLeft, Milliseconds(50s)); // goes on
        QCOMPARE(info->age, Milliseconds(30s));
        QCOMPARE(info->tags, QStringList { tag });
        QVERIFY(cache.setEntryOptions(key, Options().setTags({}).resetTimeToLive()));
        info = cache.entryInfo(key);
        QVERIFY(info->tags.isEmpty() && !info->hasOwnTimeToLive);
        QCOMPARE(info->timeToLiveLeft, SyncCacheForever);
        QCOMPARE(cache.removeByTag(tag), 0);

        // What would not fit stays as it was.
        QVERIFY(!cache.setEntryOptions(key, Options().setCost(101)));
        QCOMPARE(cache.entryInfo(key)->cost, 40);
        m_clock.advance(25s);
        QVERIFY(cache.isStale(key)); // by its old time
        QCoreApplication::processEvents();
        QCOMPARE(told, 0);
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Replaced), quint64(0));

        QVERIFY(cache.setEntryOptions(key, Options().setTimeToLive(0s)));
        QVERIFY(!cache.contains(key));
        QTRY_COMPARE(told, 1);
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Expired), quint64(1));
    }

    // Other options are no write.
    void aLoadGoesOnBesideThem()
    {
        Gate gate;
        Cache cache(100);
        cache.insert(key, 1);
        cache.setLoader([&gate](const QString &) { return gate.pass(2); });
        QFuture<int> refreshed = cache.refresh(key);
        gate.entered.wait();
        QVERIFY(cache.setEntryOptions(key, Options().setPinned(true)));
        gate.mayLeave.open();
        QCOMPARE(refreshed.result(), 2);
        QCOMPARE(cache.peek(key), std::optional<int>(2));
        QVERIFY(cache.entryInfo(key)->pinned);
    }

    // Between two slices of the removal, that is, when the values of the first one are measured.
    void whoIsAmendedBesideTheRemovalOfItsTagGoes()
    {
        ValidatedCache<int, MeasuredValue> cache(-1);
        fillWithTagged(cache);
        bool isDone = false;
        const auto reset = whenFirstMeasured([&] {
            isDone = true;
            for (int i = 0; i < Tagged; ++i)
                cache.setEntryOptions(i, Options().setPinned(true));
        });
        QCOMPARE(cache.removeByTag(tag), Tagged);
        QVERIFY(isDone);
        QVERIFY(cache.isEmpty());
    }

    // What is made of a value that bears a tag goes with the tag, though it comes between two slices.
    void whatIsMadeOfATaggedValueGoesWithItsTag_data()
    {
        QTest::addColumn<bool>("loads");
        QTest::newRow("computed") << false;
        QTest::newRow("loaded") << true;
    }
    void whatIsMadeOfATaggedValueGoesWithItsTag()
    {
        QFETCH(const bool, loads);
        ValidatedCache<int, MeasuredValue> cache(-1);
        fillWithTagged(cache);
        std::map<int, SyncCacheLoadContext<MeasuredValue>> contexts;
        if (loads) {
            cache.setLoader(this,
                            [&](int itsKey, const SyncCacheLoadContext<MeasuredValue> &context) {
                                contexts.emplace(itsKey, context);
                            });
            for (int i = 0; i < Tagged; ++i)
                cache.refresh(i);
            QTRY_COMPARE(contexts.size(), std::size_t(Tagged));
        }
        bool isDone = false;
        const auto reset = whenFirstMeasured([&] {
            isDone = true;
            for (const auto &[itsKey, context] : std::exchange(contexts, {}))
                context.finish({});
            for (int i = 0; i < Tagged && !loads; ++i) {
                cache.compute(i, [](const MeasuredValue *there) {
                    return there ? std::optional<MeasuredValue>(*there) : std::nullopt;
                });
            }
        });
        cache.removeByTag(tag);
        QVERIFY(isDone);
        QVERIFY(cache.isEmpty());
    }

    void whoRemovesATagLeavesNobodyWhoBearsIt()
    {
        ValidatedCache<int, MeasuredValue> cache(-1);
        fillWithTagged(cache);
        qsizetype left = -1;
        qsizetype removed = 0;
        const auto reset = whenFirstMeasured([&] {
            removed = cache.removeByTag(tag); // beside the first one, which is between two slices
            left = cache.size();
        });
        removed += cache.removeByTag(tag);
        QCOMPARE(left, 0);
        QCOMPARE(removed, Tagged);
    }

    // By two threads, in this order: one plans by what the other one changes.
    void whoComesSecondPlansAgain()
    {
        ValidatedCache<int, Copied> cache(10);
        cache.insert(1, {}, Options().setPinned(true).setCost(5));
        const auto reset = qScopeGuard([] { Copied::whenCopied = nullptr; });
        Copied::whenCopied = [&cache] {
            Copied::whenCopied = nullptr;
            QVERIFY(cache.setEntryOptions(1, Options().setPinned(false)));
        };
        QVERIFY(cache.setEntryOptions(1, Options().setTags({ tag }).setCost(6)));
        const auto info = cache.entryInfo(1);
        QVERIFY(info && !info->pinned && info->cost == 6);
        QCOMPARE(info->tags, QStringList { tag });
        QCOMPARE(cache.statistics().refused, quint64(0));
    }

    // setMaxCost() may leave more pinned than there is room for.
    void whatIsPinnedBeyondTheBoundIsUnpinned()
    {
        Cache cache(100);
        for (int i = 0; i < 3; ++i)
            cache.insert(QString::number(i), i, Options().setPinned(true).setCost(8));
        cache.setMaxCost(10);
        QCOMPARE(cache.totalCost(), 24);
        QVERIFY(cache.setEntryOptions(QStringLiteral("0"), Options().setTags({ tag })));
        QVERIFY(!cache.setEntryOptions(QStringLiteral("0"), Options().setCost(9)));
        cache.setLoader([](const QString &, SyncCacheLoadContext<int> &context) {
            context.setCost(50);
            context.notModified();
            return 0;
        });
        cache.invalidate(QStringLiteral("0"));
        QCOMPARE(cache.refresh(QStringLiteral("0")).result(), 0);
        QVERIFY(!cache.isStale(QStringLiteral("0"))); // as it is: 50 do not fit
        QVERIFY(cache.setEntryOptions(QStringLiteral("0"), Options().setPinned(false)));
        QCOMPARE(cache.totalCost(), 16);
        QVERIFY(cache.setEntryOptions(QStringLiteral("1"), Options().setPinned(false)));
        QVERIFY(cache.setEntryOptions(QStringLiteral("2"), Options().setPinned(false)));
        QCOMPARE(cache.totalCost(), 8);
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Evicted), quint64(2));
    }

    void aCostThatWasSaidIsNotCorrected()
    {
        ValidatedCache<int, int> cache;
        cache.setMaxBytes(10'000);
        cache.insert(1, 1, Options().setTags({ tag }).setCost(100));
        QVERIFY(cache.setEntryOptions(1, Options().setTags({}).setTimeToLive(1h)));
        QCOMPARE(cache.entryInfo(1)->cost, 100);
    }

    void aRenewalBeginsAllTimesAnew()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        cache.setTimeToIdle(100s);
        cache.insert(key, 1);
        cache.setLoader([](const QString &, SyncCacheLoadContext<int> &context) {
            context.setTags({ tag });
            context.notModified();
            return 0;
        });
        m_clock.advance(90s);
        QCOMPARE(cache.refresh(key).result(), 1);
        QCOMPARE(cache.entryInfo(key)->timeToIdleLeft, Milliseconds(100s));
        cache.setTimeToIdle(1000s);
        QCOMPARE(cache.refresh(key).result(), 1);
        QCOMPARE(cache.entryInfo(key)->timeToIdleLeft, Milliseconds(1000s));
    }

    void aLongTimeToIdleHidesNoTimeToLive()
    {
        Cache cache(100);
        SyncCacheManualClock clock(1h);
        cache.setClock(&clock);
        using std::chrono::nanoseconds;
        cache.setTimeToIdle(std::chrono::duration_cast<Milliseconds>(nanoseconds::max()));
        cache.setTimeToLive(10s);
        cache.insert(key, 1);
        QVERIFY(cache.find(key));
        clock.advance(10s);
        QVERIFY(cache.isEmpty());
    }

    void infoIsNoUse()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        cache.setTimeToIdle(10s);
        QVERIFY(!cache.entryInfo(key));
        cache.insert(key, 1);
        m_clock.advance(6s);
        const auto info = cache.entryInfo(key);
        QVERIFY(info);
        QCOMPARE(info->timeToIdleLeft, Milliseconds(4s));
        QCOMPARE(info->timeToLiveLeft, SyncCacheForever);
        QCOMPARE(info->staleTimeLeft, SyncCacheForever);
        QVERIFY(!info->stale);
        m_clock.advance(4s);
        QVERIFY(!cache.contains(key));
        QCOMPARE(cache.statistics().hits + cache.statistics().misses, quint64(0));
        cache.insert(key, 2);
        cache.invalidate(key);
        QVERIFY(cache.entryInfo(key)->stale);
        QCOMPARE(cache.entryInfo(key)->staleTimeLeft, Milliseconds(0));
    }

    // Spans.

    void whatIsOverIsNotStored_data()
    {
        QTest::addColumn<qint64>("milliseconds");
        QTest::newRow("at once") << qint64(0);
        QTest::newRow("long ago") << qint64(-5000);
        QTest::newRow("for ever ago") << qint64(Milliseconds::min().count());
    }
    void whatIsOverIsNotStored()
    {
        QFETCH(const qint64, milliseconds);
        const Options over = Options().setTimeToLive(Milliseconds(milliseconds));
        Cache cache(100);
        cache.setTimeToLive(10s);
        QList<SyncCacheRemovalCause> causes;
        cache.onRemoved(this, [&causes](const QString &, int, SyncCacheRemovalCause cause) {
            causes.append(cause);
        });
        cache.insert(key, 1);
        QVERIFY(!cache.insert(key, 2, over));
        QVERIFY(!cache.contains(key));
        QTRY_COMPARE(causes, QList { SyncCacheRemovalCause::Expired });
        QVERIFY(!cache.tryInsert(key, 2, over).inserted);
        QVERIFY(!cache.contains(key));
        // A loader's: who waits gets the value, and the old one goes.
        cache.insert(key, 1);
        cache.setLoader([&over](const QString &, SyncCacheLoadContext<int> &context) {
            context.setTimeToLive(*over.timeToLive);
            return 3;
        });
        QCOMPARE(cache.refresh(key).result(), 3);
        QVERIFY(!cache.contains(key));
        QCOMPARE(cache.load(key).value, std::optional<int>(3));
        QVERIFY(cache.isEmpty());
        QTRY_COMPARE(causes.size(), 2);
        QCOMPARE(causes.constLast(), SyncCacheRemovalCause::Expired);
        QCOMPARE(cache.statistics().refused, quint64(0));
        // It is a write all the same: a load that is under way is overtaken.
        Gate gate;
        const auto undo = qScopeGuard([&gate] { gate.mayLeave.open(); });
        cache.setLoader([&gate](const QString &) { return gate.pass(4); });
        QFuture<int> loaded = cache.getOrLoad(key);
        gate.entered.wait();
        QVERIFY(!cache.insert(key, 5, over));
        gate.mayLeave.open();
        QCOMPARE(loaded.result(), 4);
        QVERIFY(!cache.contains(key));
    }

    void aCacheWhoseTimeIsOverStoresNothing_data()
    {
        QTest::addColumn<bool>("idles");
        QTest::newRow("lives") << false;
        QTest::newRow("idles") << true;
    }
    void aCacheWhoseTimeIsOverStoresNothing()
    {
        QFETCH(const bool, idles);
        Cache cache(100);
        cache.insert(key, 1);
        idles ? cache.setTimeToIdle(0s) : cache.setTimeToLive(0s);
        QVERIFY(cache.contains(key)); // counts from the next write
        QCOMPARE(cache.exchange(key, 2), std::optional<int>(1));
        QVERIFY(!cache.contains(key));
        QCOMPARE(cache.compute(key, [](const int *) { return std::optional<int>(1); }),
                 std::nullopt);
        QVERIFY(!cache.insert(key, 1));
        QVERIFY(cache.isEmpty());
        if (!idles)
            QVERIFY(cache.insert(key, 1, Options().setTimeToLive(SyncCacheForever)));
    }

    void withoutEndIsSaidByName()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        QCOMPARE(cache.timeToLive(), SyncCacheForever);
        QCOMPARE(cache.timeToIdle(), SyncCacheForever);
        QCOMPARE(cache.staleTime(), SyncCacheForever);
        QCOMPARE(cache.errorTimeToLive(), Milliseconds(0));
        cache.setTimeToLive(10s);
        cache.insert(key, 1, Options().setTimeToLive(SyncCacheForever));
        m_clock.advance(9000h);
        QVERIFY(cache.contains(key));
        cache.exchange(key, 2); // keeps that
        m_clock.advance(9000h);
        QVERIFY(cache.contains(key));
        cache.setEntryOptions(key, Options().resetTimeToLive());
        m_clock.advance(10s);
        QVERIFY(!cache.contains(key));
        cache.setTimeToLive(SyncCacheForever);
        QCOMPARE(cache.timeToLive(), SyncCacheForever);
        cache.setErrorTimeToLive(SyncCacheForever);
        QCOMPARE(cache.errorTimeToLive(), SyncCacheForever);
        cache.setErrorTimeToLive(-1s);
        QCOMPARE(cache.errorTimeToLive(), Milliseconds(0));
    }

    void staleAtOnceIsShownAndLoadedAnew()
    {
        Cache cache(100);
        cache.setStaleTime(0s);
        cache.insert(key, 1);
        QVERIFY(cache.isStale(key));
        cache.setLoader([](const QString &) { return 2; });
        QCOMPARE(cache.load(key).value, std::optional<int>(1));
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(key), std::optional<int>(2));
    }

    // Set-up.

    void keysLikeTheirOwnAreEnough()
    {
        Cache cache(100);
        const QStringView view = key;
        cache.insert(key, 1);
        QVERIFY(cache.setEntryOptions(view, Options().setTags({ tag })));
        QCOMPARE(cache.entryInfo(view)->tags, QStringList { tag });
        QVERIFY(cache.invalidate(QLatin1StringView("key")));
        QVERIFY(cache.isStale(view));
        QCOMPARE(cache.take(view), std::optional<int>(1));
        QVERIFY(!cache.remove(view));
    }

    void whatIsExpectedIsExchangedOrRemoved()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        QVERIFY(!cache.compareExchange(key, 1, 2));
        cache.insert(key, 1, all());
        QVERIFY(!cache.compareExchange(key, 2, 3));
        QVERIFY(cache.compareExchange(key, 1, 2));
        QCOMPARE(cache.peek(key), std::optional<int>(2));
        QVERIFY(hasAll(cache));
        QVERIFY(!cache.remove(key, 1));
        QVERIFY(cache.remove(key, 2));
        QVERIFY(!cache.remove(key, 2));
        cache.insert(key, 1, Options().setTimeToLive(1s));
        m_clock.advance(1s);
        QVERIFY(!cache.compareExchange(key, 1, 2));
        QVERIFY(!cache.remove(key, 1));
        // No update is lost.
        cache.insert(key, 0);
        runInThreads(2, [&cache](int) {
            for (int i = 0; i < 1000; ++i) {
                int seen = *cache.peek(key);
                while (!cache.compareExchange(key, seen, seen + 1))
                    seen = *cache.peek(key);
            }
        });
        QCOMPARE(cache.peek(key), std::optional<int>(2000));
    }

    void oneValueIsMadeOnAMiss()
    {
        Cache cache(100);
        int made = 0;
        const auto make = [&made] { return ++made; };
        QCOMPARE(cache.getOrInsert(key, make, all()), 1);
        QCOMPARE(cache.getOrInsert(key, make), 1);
        QCOMPARE(made, 1);
        QVERIFY(cache.entryInfo(key)->pinned);
        QCOMPARE(cache.getOrInsert(tag, make, Options().setCost(101)), 2); // does not fit
        QVERIFY(!cache.contains(tag));
        QCOMPARE(cache.storedKey(QStringView(key)), std::optional<QString>(key));
        QCOMPARE(cache.storedKey(tag), std::nullopt);
    }

    void statisticsHaveADifference()
    {
        Cache cache(100);
        cache.insert(key, 1);
        cache.find(key);
        const SyncCacheStatistics before = cache.statistics();
        cache.find(key);
        cache.find(tag);
        cache.remove(key);
        const SyncCacheStatistics since = cache.statistics() - before;
        QCOMPARE(since.hits, quint64(1));
        QCOMPARE(since.misses, quint64(1));
        QCOMPARE(since.removals(SyncCacheRemovalCause::Explicit), quint64(1));
        QString text;
        QDebug(&text) << since;
        QVERIFY2(text.startsWith(u"SyncCacheStatistics(hits 1, misses 1"), qPrintable(text));
    }

    // And a second failure after the first one.
    void errorsForEver()
    {
        Cache cache(100);
        cache.setClock(&m_clock);
        cache.setErrorTimeToLive(SyncCacheForever);
        int loads = 0;
        cache.setLoader([&loads](const QString &) -> int {
            ++loads;
            throw std::runtime_error("no");
        });
        for (int i = 0; i < 3; ++i) {
            QVERIFY(cache.load(key).error.isError());
            m_clock.advance(9000h);
        }
        QCOMPARE(loads, 1);
        cache.refresh(key);
        QVERIFY(cache.waitForDone());
        QCOMPARE(loads, 2);
        QVERIFY(cache.lastError(key).isError());
    }

    void aBoundInBytes()
    {
        ValidatedCache<int, QByteArray> cache;
        cache.setMaxBytes(100'000);
        QVERIFY(cache.hasWeigher());
        QCOMPARE(cache.maxCost(), 100'000);
        QCOMPARE(cache.maxBytes(), 100'000);
        for (int i = 0; i < 1000; ++i)
            QVERIFY(cache.insert(i, QByteArray(1000, 'x')));
        QVERIFY(cache.size() > 50 && cache.size() < 100);
    }

    // What an entry has beside the value counts, where costs are bytes.
    void timesAndTagsCount()
    {
        ValidatedCache<int, int> cache(-1);
        cache.setMaxBytes(-1);
        const auto costOf = [&cache](const Options &options) {
            cache.insert(1, 1, options);
            return cache.entryInfo(1)->cost;
        };
        const qsizetype plain = costOf({});
        const qsizetype timed = costOf(Options().setTimeToLive(1h));
        QVERIFY(timed >= plain + qsizetype(sizeof(SyncMapInternal::EntryExtras)));
        const qsizetype tagged = costOf(Options().setTags({ tag }));
        QVERIFY(tagged > timed);
        QCOMPARE(costOf(Options().setTags({ tag, tag + tag })) - tagged,
                 tagged - timed - qsizetype(SyncMapInternal::AllocationBytes)
                         + tag.size() * qsizetype(sizeof(QChar)));
        QCOMPARE(costOf(Options().setTags({ tag }).setCost(5)), 5);
        QVERIFY(cache.setEntryOptions(1, Options().setTags({})));
        cache.insert(1, 1, Options().setTags({ tag }));
        QVERIFY(cache.setEntryOptions(1, Options().setTags({})));
        QCOMPARE(cache.entryInfo(1)->cost, plain);
    }

    void aWeigherWithoutABoundOfItsUnitIsTold()
    {
        const WarningCounter counter;
        ValidatedCache<int, int> cache;
        cache.setWeigher([](int, int) { return 5000; });
        QVERIFY(!cache.insert(1, 1));
        QVERIFY(!cache.insert(2, 1));
        QCOMPARE(warnings, 1);
        QVERIFY2(lastWarning.contains("setMaxBytes"), lastWarning.constData());
        ValidatedCache<int, int> bounded(1000);
        bounded.setWeigher([](int, int) { return 5000; });
        QVERIFY(!bounded.insert(1, 1));
        ValidatedCache<int, int> boundedLater;
        boundedLater.setWeigher([](int, int) { return 5000; });
        boundedLater.setMaxCost(2000);
        QVERIFY(!boundedLater.insert(1, 1));
        QCOMPARE(warnings, 1);
    }

    void whatIsSetUpIsTakenAway()
    {
        const WarningCounter counter;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&m_clock);
        QCOMPARE(cache.clock(), &m_clock);
        cache.setClock(nullptr);
        QCOMPARE(cache.clock(), nullptr);
        cache.setWeigher([](int, int) { return 7; });
        cache.setWeigher(nullptr);
        QVERIFY(!cache.hasWeigher());
        cache.setWeigher({});
        cache.setLoader([](int) { return 1; });
        cache.setLoader(nullptr);
        QVERIFY(!cache.hasLoader());
        cache.setLoader([](int) { return 1; });
        cache.setLoader(std::function<int(const int &)>());
        QVERIFY(!cache.hasLoader());
        cache.setBulkLoader([](const QList<int> &) { return QHash<int, int>(); });
        cache.setBulkLoader(nullptr);
        QVERIFY(!cache.hasBulkLoader());
        cache.setThreadPool(nullptr);
        cache.insert(1, 1);
        m_clock.advance(1h);
        QCOMPARE(cache.load(1).value, std::optional<int>(1));
        QVERIFY(cache.load(2).error.isError());
        QCOMPARE(warnings, 0);
    }

    void whatLacksSomethingDoesNothing()
    {
        const WarningCounter counter;
        ValidatedCache<int, int> cache(100);
        QObject *const nobody = nullptr;
        cache.setLoader(nobody, [](int, const SyncCacheLoadContext<int> &) {});
        QVERIFY(!cache.hasLoader());
        QVERIFY(!cache.onRemoved(nobody, [](int, int, SyncCacheRemovalCause) {}).isConnected());
        using Listener = std::function<void(int, int, SyncCacheRemovalCause)>;
        QVERIFY(!cache.onRemoved(this, Listener()).isConnected());
        QVERIFY(!cache.restore(u"no such file"_s, nobody, [](const SyncCacheError &) {}).result());
        QVERIFY(!cache.onRemoved(this, nullptr).isConnected());
        QVERIFY(!cache.restore(u"no such file"_s, this, nullptr).result());
        using Callback = std::function<void(const SyncCacheLoadResult<int> &)>;
        cache.getOrLoad(1, this, Callback());
        QVERIFY(cache.getOrLoad(1, std::function<int(const int &)>()).isCanceled());
        cache.setLoader(this, nullptr);
        cache.insert(1, 1);
        cache.remove(1);
        const auto canceled = cache.getOrLoad(2, [](int, const SyncCacheLoadContext<int> &context) {
            context.onCanceled(QCoreApplication::instance(), std::function<void()>());
            return 2;
        });
        QCOMPARE(canceled.result(), 2);
#ifndef QT_NO_DEBUG
        QCOMPARE(warnings, 8);
#endif
    }
};

QTEST_GUILESS_MAIN(tst_EntryOptions)

#include "tst_entryoptions.moc"
