// SPDX-License-Identifier: MIT
#include "comestorest.h"

#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qpointer.h>
#include <QtCore/qpromise.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>

using Entry = SyncCacheEntry;
using Cache = SyncCache<QString, QVariant>;
using Load = SyncCacheLoadContext<QVariant>;

namespace {

const QString Key = QStringLiteral("key");
const QString Other = QStringLiteral("other");

// A cache whose loads are answered by hand, in the test's thread.
struct LoadedCache
{
    SyncCacheObject object;
    QObject context;
    std::map<QString, Load> loads;
    int count = 0;

    explicit LoadedCache(double maxCost = 1000)
    {
        object.setMaxCost(maxCost);
        answerByHand();
    }
    void answerByHand()
    {
        object.cache()->setLoader(&context, [this](const QString &key, Load load) {
            ++count;
            loads.insert_or_assign(key, std::move(load));
        });
    }
    void waitFor(const QString &key) { QTRY_VERIFY(loads.count(key) != 0); }
    Load take(const QString &key) { return loads.extract(key).mapped(); }
    void finish(const QString &key, const QVariant &value) { take(key).finish(value); }
    void fail(const QString &key) { take(key).fail(QStringLiteral("no luck")); }
};

void show(Entry &entry, SyncCacheObject &object, const QString &key = Key)
{
    entry.setCache(&object);
    entry.setKey(key);
}

} // namespace

class tst_SyncCacheEntry : public QObject
{
    Q_OBJECT

private slots:
    void withoutKeyOrCacheItIsNull();
    void presentIsReadyInTheSameTurn();
    void absentWithoutLoaderIsNull();
    void emptyKeyIsAKey();
    void writesOfOthersShowWithTheFlush();
    void ownWriteShowsAtOnce();
    void undefinedIsNotWritten();
    void writeWaitsForCacheAndKey();
    void objectThatEndsBeforeItIsWrittenIsNull();
    void signalsComeForWhatIsDifferentOnly();
    void allMembersAreSetBeforeTheFirstSignal();
    void nanEqualsNan();
    void placeholderShowsWhileThereIsNothing();
    void absentWithLoaderLoads();
    void failedLoadWithoutDataIsAnError();
    void loadingIsToldWhenLoadsBeginAndFail();
    void absentKeyIsNull();
    void failedRefreshLeavesItReadyAndStale();
    void refreshLeavesItReady();
    void higherPrioritiesAreLoadedFirst_data();
    void higherPrioritiesAreLoadedFirst();
    void progressIsShown();
    void keyChangeDuringALoadForgetsIt();
    void valueIsRetainedWhileLoading();
    void staleIsLoadedAnew();
    void evictedValueStays();
    void entriesBeyondTheBoundDoNotLoadForEver();
    void whatIsEvictedAgainIsLoadedAgain();
    void whatSomebodyBroughtIsLoadedAtOnceWhenItIsEvicted();
    void invalidationsAreNotRestedThrough();
    void whatIsNotThereIsInvalidatedByItsEntry();
    void whatIsSoonStaleIsNotLoadedForEver();
    void whatFailsToComeBackIsTriedAgain();
    void anotherLoaderLeavesWhatIsShown();
    void whatIsOverAtOnceIsShownAndNotLoadedForEver_data();
    void whatIsOverAtOnceIsShownAndNotLoadedForEver();
    void whatCouldNotBeKeptIsTriedAgain();
    void whatNobodyShowsIsNotTriedAgain();
    void whatHadNoRoomAmongThoseThatWaitIsLoadedLater();
    void whatHadNoRoomIsNullOnceNothingWillLoadIt();
    void expiredIsLoadedAnew();
    void removedIsNull();
    void aLoadThatBeganAfterARemovalGoesOn();
    void aLoadThatIsNotKeptMakesWayForALaterOne();
    void rejectionBesideALoadIsShown();
    void writeThatIsConfirmedAtOnceForgetsAFailure();
    void sharedOneWritesWhileNobodyIsConnected();
    void objectThatMovedHereIsTold();
    void inactiveFollowsNothingAndCancels();
    void writingIsToldOfAnInactiveOne();
    void theSamePictureIsNotTold();
    void theSamePictureHasOneUrlWhoeverReadIt();
    void loaderThatComesLaterLoads();
    void refreshesByItselfWithoutAnInterface();
    void internedIsTheSameWhileConnected();
    void unconnectedAreReaped();
    void whatLosesItsLastConnectionIsLetGo();
    void cacheMayEndFirst();
    void entryMayDeleteItselfAndOthersInASlot();
    void entryMayBeDeletedByWhatAChangeShows();
    void entryMayEndDuringALoad();
    void deletedObjectAsValueIsGone();
};

void tst_SyncCacheEntry::withoutKeyOrCacheItIsNull()
{
    Entry entry;
    QCOMPARE(entry.status(), Entry::Null);
    QVERIFY(!entry.value().isValid());
    entry.setKey(Key);
    QCOMPARE(entry.status(), Entry::Null);
    SyncCacheObject object;
    object.insert(Key, 1);
    entry.setCache(&object);
    QCOMPARE(entry.status(), Entry::Ready);
    entry.setCache(nullptr);
    QCOMPARE(entry.status(), Entry::Null);
    QVERIFY(!entry.value().isValid());
    entry.refresh();
    entry.remove();
    entry.invalidate();
}

void tst_SyncCacheEntry::presentIsReadyInTheSameTurn()
{
    SyncCacheObject object;
    object.insert(Key, 1);
    Entry entry;
    show(entry, object);
    QCOMPARE(entry.status(), Entry::Ready);
    QCOMPARE(entry.value(), QVariant(1));
    QVERIFY(entry.exists());
    QVERIFY(!entry.isStale());
    QVERIFY(!entry.isFetching());
    QCOMPARE(entry.progress(), 1.0);
    QVERIFY(entry.lastUpdated().isValid());
    object.insert(Other, 2);
    entry.setKey(Other);
    QCOMPARE(entry.value(), QVariant(2));
}

void tst_SyncCacheEntry::absentWithoutLoaderIsNull()
{
    SyncCacheObject object;
    Entry entry;
    show(entry, object);
    QCOMPARE(entry.status(), Entry::Null);
    QVERIFY(!entry.exists());
    QVERIFY(!entry.lastUpdated().isValid());
}

void tst_SyncCacheEntry::emptyKeyIsAKey()
{
    SyncCacheObject object;
    object.insert(QString(), 1);
    Entry entry;
    entry.setCache(&object);
    QCOMPARE(entry.status(), Entry::Null);
    entry.setKey(QString());
    QCOMPARE(entry.value(), QVariant(1));
}

void tst_SyncCacheEntry::writesOfOthersShowWithTheFlush()
{
    SyncCacheObject object;
    Entry entry;
    show(entry, object);
    QSignalSpy changed(&entry, &Entry::valueChanged);
    const auto cache = object.cache();
    QThreadPool pool;
    pool.start([cache] { cache->insert(Key, 5); });
    pool.waitForDone();
    QVERIFY(!entry.exists());
    QVERIFY(changed.wait());
    QCOMPARE(entry.value(), QVariant(5));
    QCOMPARE(entry.status(), Entry::Ready);
}

void tst_SyncCacheEntry::ownWriteShowsAtOnce()
{
    SyncCacheObject object;
    Entry entry;
    Entry same;
    show(entry, object);
    show(same, object);
    entry.setValue(1);
    QCOMPARE(entry.value(), QVariant(1));
    QCOMPARE(object.value(Key), QVariant(1));
    object.flush();
    QCOMPARE(same.value(), QVariant(1));
}

void tst_SyncCacheEntry::undefinedIsNotWritten()
{
    SyncCacheObject object;
    object.insert(Key, 1);
    Entry entry;
    show(entry, object);
    entry.setValue(QVariant());
    QCOMPARE(entry.value(), QVariant(1));
}

void tst_SyncCacheEntry::writeWaitsForCacheAndKey()
{
    SyncCacheObject object;
    Entry entry;
    entry.setValue(1);
    entry.setCache(&object);
    QVERIFY(object.keys().isEmpty());
    entry.setKey(Key);
    QCOMPARE(object.value(Key), QVariant(1));
    entry.setKey(Other); // once
    QVERIFY(!object.contains(Other));
}

void tst_SyncCacheEntry::objectThatEndsBeforeItIsWrittenIsNull()
{
    SyncCacheObject object;
    auto kept = std::make_unique<QObject>();
    Entry entries[2];
    for (Entry &entry : entries)
        entry.setValue(QVariant::fromValue(kept.get()));
    show(entries[0], object);
    QCOMPARE(entries[0].value().value<QObject *>(), kept.get());
    kept.reset();
    show(entries[1], object, Other);
    QVERIFY(object.contains(Other));
    QCOMPARE(entries[1].value().value<QObject *>(), nullptr);
}

void tst_SyncCacheEntry::signalsComeForWhatIsDifferentOnly()
{
    SyncCacheObject object;
    object.insert(Key, 1);
    Entry entry;
    show(entry, object);
    QSignalSpy value(&entry, &Entry::valueChanged);
    QSignalSpy status(&entry, &Entry::statusChanged);
    QSignalSpy updated(&entry, &Entry::lastUpdatedChanged);
    object.insert(Key, 1);
    object.flush();
    QCOMPARE(value.size(), 0);
    object.insert(Key, 2);
    object.flush();
    QCOMPARE(value.size(), 1);
    QCOMPARE(status.size(), 0);
    entry.setKey(Key);
    entry.setCache(&object);
    QCOMPARE(value.size(), 1);
}

void tst_SyncCacheEntry::allMembersAreSetBeforeTheFirstSignal()
{
    SyncCacheObject object;
    Entry entry;
    show(entry, object);
    int calls = 0;
    const auto look = [&] {
        ++calls;
        QCOMPARE(entry.value(), QVariant(1));
        QCOMPARE(entry.status(), Entry::Ready);
        QVERIFY(entry.exists());
        QVERIFY(entry.lastUpdated().isValid());
    };
    connect(&entry, &Entry::valueChanged, &entry, look);
    connect(&entry, &Entry::statusChanged, &entry, look);
    connect(&entry, &Entry::existsChanged, &entry, look);
    object.insert(Key, 1);
    object.flush();
    QCOMPARE(calls, 3);
}

void tst_SyncCacheEntry::nanEqualsNan()
{
    SyncCacheObject object;
    object.insert(Key, std::nan(""));
    Entry entry;
    show(entry, object);
    QSignalSpy value(&entry, &Entry::valueChanged);
    object.insert(Key, std::nan(""));
    object.flush();
    QCOMPARE(value.size(), 0);
}

void tst_SyncCacheEntry::placeholderShowsWhileThereIsNothing()
{
    SyncCacheObject object;
    Entry entry;
    QSignalSpy value(&entry, &Entry::valueChanged);
    entry.setPlaceholderValue(QStringLiteral("…"));
    QCOMPARE(value.size(), 1);
    show(entry, object);
    QCOMPARE(entry.value(), QVariant(QStringLiteral("…")));
    QCOMPARE(entry.status(), Entry::Null);
    object.insert(Key, 1);
    object.flush();
    QCOMPARE(entry.value(), QVariant(1));
    object.remove(Key);
    object.flush();
    QCOMPARE(entry.value(), QVariant(QStringLiteral("…")));
}

void tst_SyncCacheEntry::absentWithLoaderLoads()
{
    LoadedCache cache;
    Entry entry;
    QSignalSpy loaded(&entry, &Entry::loaded);
    show(entry, cache.object);
    QCOMPARE(entry.status(), Entry::Loading);
    QVERIFY(entry.isFetching());
    QVERIFY(!entry.exists());
    cache.waitFor(Key);
    cache.finish(Key, 1);
    QTRY_COMPARE(entry.status(), Entry::Ready);
    QCOMPARE(entry.value(), QVariant(1));
    QVERIFY(entry.exists());
    QVERIFY(!entry.isFetching());
    QCOMPARE(loaded.size(), 1);
    QTest::qWait(30); // the news of the load's own write are no second one
    QCOMPARE(loaded.size(), 1);
    QCOMPARE(cache.count, 1);
}

void tst_SyncCacheEntry::failedLoadWithoutDataIsAnError()
{
    LoadedCache cache;
    Entry entry;
    QSignalSpy failed(&entry, &Entry::failed);
    QSignalSpy objectFailed(&cache.object, &SyncCacheObject::loadFailed);
    show(entry, cache.object);
    cache.waitFor(Key);
    cache.fail(Key);
    QTRY_COMPARE(entry.status(), Entry::Error);
    QCOMPARE(entry.errorString(), QStringLiteral("no luck"));
    QCOMPARE(failed.size(), 1);
    QCOMPARE(failed.first().first().toString(), QStringLiteral("no luck"));
    QCOMPARE(objectFailed.size(), 1);
    QVERIFY(!entry.isFetching());
    entry.refresh();
    QCOMPARE(entry.status(), Entry::Loading);
    cache.waitFor(Key);
    cache.finish(Key, 2);
    QTRY_COMPARE(entry.status(), Entry::Ready);
    QVERIFY(entry.errorString().isEmpty());
}

// A load that fails changes no key.
void tst_SyncCacheEntry::loadingIsToldWhenLoadsBeginAndFail()
{
    LoadedCache cache;
    QSignalSpy loading(&cache.object, &SyncCacheObject::loadingChanged);
    Entry entry;
    show(entry, cache.object);
    QTRY_COMPARE(loading.size(), 1);
    QCOMPARE(cache.object.loading(), 1);
    cache.fail(Key);
    QTRY_COMPARE(loading.size(), 2);
    QCOMPARE(cache.object.loading(), 0);
}

void tst_SyncCacheEntry::absentKeyIsNull()
{
    LoadedCache cache;
    Entry entry;
    QSignalSpy failed(&entry, &Entry::failed);
    show(entry, cache.object);
    cache.waitFor(Key);
    cache.take(Key).absent();
    QTRY_COMPARE(entry.status(), Entry::Null);
    QVERIFY(!entry.isFetching());
    QCOMPARE(failed.size(), 0);
}

void tst_SyncCacheEntry::failedRefreshLeavesItReadyAndStale()
{
    LoadedCache cache;
    cache.object.insert(Key, 1);
    Entry entry;
    show(entry, cache.object);
    QSignalSpy failed(&entry, &Entry::failed);
    entry.refresh();
    QCOMPARE(entry.status(), Entry::Ready);
    QVERIFY(entry.isFetching());
    cache.waitFor(Key);
    cache.fail(Key);
    QVERIFY(failed.wait());
    QCOMPARE(entry.status(), Entry::Ready);
    QCOMPARE(entry.value(), QVariant(1));
    QVERIFY(entry.isStale());
    QVERIFY(!entry.isFetching());
    QCOMPARE(entry.errorString(), QStringLiteral("no luck"));
    cache.object.insert(Key, 2);
    cache.object.flush();
    QVERIFY(!entry.isStale());
    QVERIFY(entry.errorString().isEmpty());
}

void tst_SyncCacheEntry::refreshLeavesItReady()
{
    LoadedCache cache;
    cache.object.insert(Key, 1);
    Entry entry;
    show(entry, cache.object);
    QSignalSpy status(&entry, &Entry::statusChanged);
    QSignalSpy loaded(&entry, &Entry::loaded);
    entry.refresh();
    cache.waitFor(Key);
    QCOMPARE(entry.value(), QVariant(1));
    cache.finish(Key, 2);
    QTRY_COMPARE(entry.value(), QVariant(2));
    QTRY_COMPARE(loaded.size(), 1);
    QCOMPARE(status.size(), 0);
    QVERIFY(!entry.isFetching());
}

void tst_SyncCacheEntry::higherPrioritiesAreLoadedFirst_data()
{
    QTest::addColumn<QString>("how");
    for (const char *how : { "absent", "stale", "invalidated", "refreshed" })
        QTest::newRow(how) << QString::fromLatin1(how);
}

// Where a value is there, too.
void tst_SyncCacheEntry::higherPrioritiesAreLoadedFirst()
{
    QFETCH(const QString, how);
    constexpr std::array Priorities { 2, 3, 1 };
    QThreadPool pool;
    pool.setMaxThreadCount(1);
    QSemaphore begun;
    QSemaphore mayEnd;
    QList<int> order; // by the pool's thread alone
    const auto cache = std::make_shared<SyncCache<int, int>>();
    cache->setThreadPool(&pool);
    cache->setLoader([&](int key) {
        if (key == 0) {
            begun.release();
            mayEnd.acquire();
        } else {
            order.append(key);
        }
        return key;
    });
    cache->refresh(0);
    begun.acquire();
    if (how != QStringLiteral("absent")) {
        for (const int priority : Priorities)
            cache->insert(priority, 0);
    }
    if (how == QStringLiteral("stale"))
        cache->invalidateAll();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(cache));
    object->setNotifyInterval(0);
    std::array<Entry, Priorities.size()> entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i].setPriority(Priorities[i]);
        show(entries[i], *object, QString::number(Priorities[i]));
    }
    if (how == QStringLiteral("invalidated"))
        cache->invalidateAll();
    object->flush();
    if (how == QStringLiteral("refreshed")) {
        for (Entry &entry : entries)
            entry.refresh();
    }
    mayEnd.release();
    QVERIFY(cache->waitForDone());
    QCOMPARE(order, (QList<int> { 3, 2, 1 }));
}

void tst_SyncCacheEntry::progressIsShown()
{
    LoadedCache cache;
    Entry entry;
    show(entry, cache.object);
    cache.waitFor(Key);
    QCOMPARE(entry.progress(), 0.0);
    cache.loads.at(Key).setProgressValue(50);
    QTRY_COMPARE(entry.progress(), 0.5);
    cache.finish(Key, 1);
    QTRY_COMPARE(entry.progress(), 1.0);

    // In the background, whatever comes meanwhile.
    entry.refresh();
    QCOMPARE(entry.progress(), 0.0);
    cache.waitFor(Key);
    cache.loads.at(Key).setProgressValue(50);
    QTRY_COMPARE(entry.progress(), 0.5);
    cache.object.invalidate(Other);
    cache.object.insert(Other, 2);
    cache.object.flush();
    QCOMPARE(entry.progress(), 0.5);
    cache.finish(Key, 2);
    QTRY_COMPARE(entry.progress(), 1.0);
    cache.object.cache()->invalidate(Key);
    entry.setKey(Other);
    QCOMPARE(entry.progress(), 1.0);
    entry.setKey(Key); // is stale
    QCOMPARE(entry.status(), Entry::Ready);
    QVERIFY(entry.isFetching());
    QCOMPARE(entry.progress(), 0.0);
}

void tst_SyncCacheEntry::keyChangeDuringALoadForgetsIt()
{
    LoadedCache cache;
    Entry entry;
    show(entry, cache.object);
    cache.waitFor(Key);
    const Load first = cache.take(Key);
    entry.setKey(Other);
    cache.waitFor(Other);
    QTRY_VERIFY(first.isCanceled());
    first.finish(1);
    cache.finish(Other, 2);
    QTRY_COMPARE(entry.status(), Entry::Ready);
    QCOMPARE(entry.value(), QVariant(2));

    LoadedCache another;
    another.object.insert(Other, 7);
    cache.object.remove(Other);
    entry.setCache(&another.object);
    QCOMPARE(entry.value(), QVariant(7));
}

void tst_SyncCacheEntry::valueIsRetainedWhileLoading()
{
    LoadedCache cache;
    cache.object.insert(Key, 1);
    Entry entry;
    show(entry, cache.object);
    entry.setRetainWhileLoading(true);
    entry.setKey(Other);
    QCOMPARE(entry.status(), Entry::Loading);
    QCOMPARE(entry.value(), QVariant(1));
    cache.waitFor(Other);
    cache.fail(Other);
    QTRY_COMPARE(entry.status(), Entry::Error);
    QVERIFY(!entry.value().isValid());
    entry.setKey(Key);
    entry.setRetainWhileLoading(false);
    entry.setKey(Other);
    QVERIFY(!entry.value().isValid());
}

void tst_SyncCacheEntry::staleIsLoadedAnew()
{
    LoadedCache cache;
    cache.object.insert(Key, 1);
    Entry entry;
    show(entry, cache.object);
    entry.invalidate();
    cache.object.flush();
    QVERIFY(entry.isStale());
    QVERIFY(entry.isFetching());
    QCOMPARE(entry.status(), Entry::Ready);
    cache.waitFor(Key);
    cache.finish(Key, 2);
    QTRY_COMPARE(entry.value(), QVariant(2));
    QTRY_VERIFY(!entry.isStale());
    QVERIFY(!entry.isFetching());
}

void tst_SyncCacheEntry::evictedValueStays()
{
    SyncCacheObject object;
    object.insert(Key, 1);
    Entry entry;
    show(entry, object);
    object.cache()->trim(SyncCacheTrimLevel::Complete);
    object.flush();
    QCOMPARE(entry.status(), Entry::Ready);
    QCOMPARE(entry.value(), QVariant(1));
    QVERIFY(entry.isStale());
    QVERIFY(!entry.exists());
    object.remove(Key); // was not there: nothing to tell
    object.flush();
    object.clear();
    object.flush();
    QCOMPARE(entry.status(), Entry::Null);
}

void tst_SyncCacheEntry::entriesBeyondTheBoundDoNotLoadForEver()
{
    SyncCacheObject object;
    object.setMaxCost(5);
    object.setNotifyInterval(0);
    const auto loads = std::make_shared<std::atomic<int>>(0); // a loader may outlive the object
    object.cache()->setLoader([loads](const QString &key) {
        ++*loads;
        return QVariant(key);
    });
    constexpr int EntryCount = 20;
    std::vector<std::unique_ptr<Entry>> entries;
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < EntryCount; ++i) {
        entries.push_back(std::make_unique<Entry>());
        show(*entries.back(), object, QString::number(i));
    }
    QVERIFY(comesToRest(object, *loads));
    // Each once, and once at once when it had been evicted; then after one second, after two more, ...
    const double seconds = double(timer.elapsed()) / 1000;
    QVERIFY(*loads <= int((2 + std::log2(1 + seconds)) * EntryCount));
    for (const auto &entry : entries) {
        QTRY_COMPARE(entry->status(), Entry::Ready);
        QCOMPARE(entry->value(), QVariant(entry->key()));
    }
}

void tst_SyncCacheEntry::whatIsEvictedAgainIsLoadedAgain()
{
    std::atomic<int> loads { 0 };
    SyncCacheObject object;
    object.cache()->setLoader([&loads](const QString &) { return QVariant(++loads); });
    Entry entry;
    std::vector<qint64> asked; // when: milliseconds
    connect(&entry, &Entry::fetchingChanged, this, [&] {
        if (entry.isFetching())
            asked.push_back(QDeadlineTimer::current().deadline());
    });
    show(entry, object);
    QTRY_VERIFY(entry.value().isValid());
    for (const qint64 pause : { 0, 1000, 2000 }) {
        const QVariant last = entry.value();
        QTRY_VERIFY(entry.exists());
        object.cache()->trim(SyncCacheTrimLevel::Complete);
        QTRY_VERIFY_WITH_TIMEOUT(entry.value() != last, 20'000);
        const auto count = asked.size();
        QVERIFY(count >= 2);
        QVERIFY(asked[count - 1] - asked[count - 2] >= pause * 9 / 10); // timers may be early
        QTRY_VERIFY(!entry.isStale());
    }
    QCOMPARE(asked.size(), 4U);
}

void tst_SyncCacheEntry::whatSomebodyBroughtIsLoadedAtOnceWhenItIsEvicted()
{
    LoadedCache cache;
    Entry entry;
    show(entry, cache.object);
    for (int round = 1; round < 20; ++round) { // would last for long, if it rested
        cache.waitFor(Key);
        cache.finish(Key, round);
        QTRY_COMPARE(entry.value(), QVariant(round));
        cache.object.insert(Key, -round);
        QTRY_COMPARE(entry.value(), QVariant(-round));
        cache.object.cache()->trim(SyncCacheTrimLevel::Complete);
        cache.object.flush();
        QVERIFY(entry.isFetching());
    }
}

void tst_SyncCacheEntry::invalidationsAreNotRestedThrough()
{
    using namespace std::chrono_literals;
    SyncCacheObject object;
    object.cache()->setStaleTime(0ms);
    object.cache()->setErrorTimeToLive(1h);
    const auto loads = std::make_shared<std::atomic<int>>(0);
    object.cache()->setLoader([loads](const QString &) { return QVariant(++*loads); });
    Entry entry;
    show(entry, object);
    const std::function<void()> invalidations[] = {
        [&] { entry.invalidate(); },
        [&] { object.invalidate(Key); },
        [&] { object.cache()->invalidate(Key); },
        [&] { object.cache()->invalidateAll(); },
    };
    for (const auto &invalidate : invalidations) {
        QVERIFY(comesToRest(object, *loads));
        const int before = loads->load();
        invalidate();
        QTRY_VERIFY(*loads > before);
    }
    QVERIFY(comesToRest(object, *loads));
    QTRY_COMPARE(entry.value(), QVariant(loads->load()));
    QCOMPARE(loads->load(), 1 + int(std::size(invalidations)));
}

void tst_SyncCacheEntry::whatIsNotThereIsInvalidatedByItsEntry()
{
    using namespace std::chrono_literals;
    SyncCacheObject object;
    object.cache()->setTimeToLive(0ms);
    object.cache()->setErrorTimeToLive(1h);
    const auto loads = std::make_shared<std::atomic<int>>(0);
    object.cache()->setLoader([loads](const QString &) { return QVariant(++*loads); });
    Entry entry;
    show(entry, object);
    QVERIFY(comesToRest(object, *loads));
    QCOMPARE(loads->load(), 1);
    entry.invalidate();
    QTRY_COMPARE(entry.value(), QVariant(2));
    QVERIFY(comesToRest(object, *loads));
    object.cache()->invalidateAll();
    QTRY_COMPARE(entry.value(), QVariant(3));
    QVERIFY(comesToRest(object, *loads));
    QCOMPARE(loads->load(), 3);
}

void tst_SyncCacheEntry::whatIsSoonStaleIsNotLoadedForEver()
{
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    object.cache()->setStaleTime(std::chrono::milliseconds(5));
    const auto loads = std::make_shared<std::atomic<int>>(0);
    object.cache()->setLoader([loads](const QString &) { return QVariant(++*loads); });
    Entry entry;
    QElapsedTimer timer;
    timer.start();
    show(entry, object);
    for (int round = 0; round < 10; ++round) {
        object.cache()->waitForDone();
        QTRY_VERIFY(object.cache()->isStale(Key)); // after the load, before the flush
        object.flush();
    }
    QVERIFY(*loads <= 2 + int(std::log2(1 + double(timer.elapsed()) / 1000)));
}

void tst_SyncCacheEntry::whatFailsToComeBackIsTriedAgain()
{
    SyncCacheObject object;
    const auto loads = std::make_shared<std::atomic<int>>(0);
    object.cache()->setLoader(
            [loads](const QString &, const SyncCacheLoadContext<QVariant> &context) {
                if (++*loads == 2)
                    context.fail(QStringLiteral("no luck"));
                return QVariant(loads->load());
            });
    Entry entry;
    show(entry, object);
    QTRY_COMPARE(entry.value(), QVariant(1));
    object.cache()->trim(SyncCacheTrimLevel::Complete);
    QTRY_COMPARE(entry.errorString(), QStringLiteral("no luck"));
    QVERIFY(entry.isStale());
    QCOMPARE(entry.value(), QVariant(1));
    QTRY_COMPARE_WITH_TIMEOUT(entry.value(), QVariant(3), 20'000);
    QTRY_VERIFY(!entry.isStale());
    QVERIFY(entry.errorString().isEmpty());
}

void tst_SyncCacheEntry::anotherLoaderLeavesWhatIsShown()
{
    LoadedCache cache;
    Entry entry;
    show(entry, cache.object);
    cache.waitFor(Key);
    cache.finish(Key, 1);
    QTRY_COMPARE(entry.value(), QVariant(1));
    cache.object.cache()->setLoader(nullptr);
    cache.object.cache()->trim(SyncCacheTrimLevel::Complete);
    cache.object.flush();
    QVERIFY(entry.isStale());
    QVERIFY(!entry.isFetching());
    cache.object.cache()->setLoader([](const QString &) { return QVariant(2); });
    cache.object.flush();

    QCOMPARE(entry.status(), Entry::Ready);
    QCOMPARE(entry.value(), QVariant(1));
    QVERIFY(entry.isFetching());
    QTRY_COMPARE(entry.value(), QVariant(2));
}

void tst_SyncCacheEntry::whatIsOverAtOnceIsShownAndNotLoadedForEver_data()
{
    QTest::addColumn<bool>("isKept");
    QTest::addColumn<bool>("isThereBefore");
    QTest::newRow("over") << false << false;
    QTest::newRow("over, and expires what was there") << false << true;
    QTest::newRow("stale") << true << false;
    QTest::newRow("stale, as what was there") << true << true;
}

void tst_SyncCacheEntry::whatIsOverAtOnceIsShownAndNotLoadedForEver()
{
    QFETCH(const bool, isKept);
    QFETCH(const bool, isThereBefore);
    SyncCacheObject object;
    object.setNotifyInterval(0);
    const auto loads = std::make_shared<std::atomic<int>>(0); // a loader may outlive the object
    if (isThereBefore) {
        object.insert(Key, 0);
        object.invalidate(Key);
    }
    if (isKept)
        object.cache()->setStaleTime(std::chrono::seconds(0));
    object.cache()->setErrorTimeToLive(std::chrono::hours(1)); // until then only if it is asked to
    object.cache()->setLoader(
            [loads, isKept](const QString &, const SyncCacheLoadContext<QVariant> &context) {
                if (!isKept)
                    context.setTimeToLive(std::chrono::seconds(0));
                return QVariant(++*loads);
            });
    Entry entry;
    show(entry, object);
    QTRY_COMPARE(entry.value(), QVariant(1));
    QVERIFY(comesToRest(object, *loads));
    QCOMPARE(loads->load(), 1);
    QCOMPARE(entry.status(), Entry::Ready);
    QCOMPARE(entry.value(), QVariant(1));
    QCOMPARE(entry.exists(), isKept);
    QVERIFY(entry.isStale());
    QVERIFY(!entry.isFetching());
    entry.refresh();
    QTRY_COMPARE(entry.value(), QVariant(2));
    QVERIFY(entry.isStale());
    QVERIFY(comesToRest(object, *loads));
    QCOMPARE(loads->load(), 2);
}

void tst_SyncCacheEntry::whatCouldNotBeKeptIsTriedAgain()
{
    using namespace std::chrono_literals;
    SyncCacheObject caches[2];
    caches[0].cache()->setTimeToLive(0ms);
    caches[1].cache()->setStaleTime(0ms);
    Entry entries[2];
    for (int i = 0; i < 2; ++i) {
        caches[i].cache()->setLoader([](const QString &) {
            return QVariant(qint64(QDeadlineTimer::current().deadline())); // milliseconds
        });
        show(entries[i], caches[i]);
    }
    for (Entry &entry : entries)
        QTRY_VERIFY(entry.value().isValid());
    // Each time it waits for longer.
    for (const qint64 pause : { 1000, 2000 }) {
        const QVariant last[] = { entries[0].value(), entries[1].value() };
        for (int i = 0; i < 2; ++i) {
            QVERIFY(entries[i].isStale());
            QTRY_VERIFY_WITH_TIMEOUT(entries[i].value() != last[i], 20'000);
            QVERIFY(entries[i].value().toLongLong() - last[i].toLongLong() >= pause);
        }
    }
}

// While one loads, one waits, and the third asks.
void tst_SyncCacheEntry::whatHadNoRoomAmongThoseThatWaitIsLoadedLater()
{
    const QString keys[] = { QStringLiteral("0"), QStringLiteral("1"), QStringLiteral("2") };
    QSemaphore mayLoad;
    QSemaphore loading;
    QThreadPool pool;
    pool.setMaxThreadCount(1);
    SyncCacheObject object;
    object.cache()->setThreadPool(&pool);
    object.cache()->setMaxQueuedLoads(1);
    object.cache()->setLoader([&](const QString &key) {
        loading.release();
        mayLoad.acquire();
        return QVariant(key);
    });
    const auto end = qScopeGuard([&] { mayLoad.release(3); });
    Entry entries[3];
    show(entries[0], object, keys[0]);
    loading.acquire();
    show(entries[1], object, keys[1]);
    show(entries[2], object, keys[2]);
    QTRY_VERIFY(!entries[1].isFetching());
    QCOMPARE(entries[1].status(), Entry::Loading); // and no error: nothing has failed
    QCOMPARE(entries[1].errorString(), QString());
    mayLoad.release(3);
    for (int i = 0; i < 3; ++i) {
        QTRY_COMPARE(entries[i].value(), QVariant(keys[i]));
        QCOMPARE(entries[i].status(), Entry::Ready);
    }
}

void tst_SyncCacheEntry::whatHadNoRoomIsNullOnceNothingWillLoadIt()
{
    LoadedCache cache;
    Entry entry;
    show(entry, cache.object);
    cache.waitFor(Key);
    cache.take(Key).fail(SyncCacheError(SyncCacheError::Canceled));
    QTRY_VERIFY(!entry.isFetching());
    QCOMPARE(entry.status(), Entry::Loading);
    cache.object.cache()->setLoader(nullptr);
    QTRY_COMPARE(entry.status(), Entry::Null);
    QCOMPARE(cache.count, 1);
    cache.answerByHand();
    cache.waitFor(Key);
    cache.take(Key).fail(SyncCacheError(SyncCacheError::Canceled));
    QTRY_VERIFY(!entry.isFetching());
    QCOMPARE(entry.status(), Entry::Loading);
    entry.setActive(false);
    QCOMPARE(entry.status(), Entry::Null);
}

void tst_SyncCacheEntry::whatNobodyShowsIsNotTriedAgain()
{
    using namespace std::chrono_literals;
    SyncCacheObject object;
    object.cache()->setTimeToLive(0ms);
    const auto loads = std::make_shared<std::atomic<int>>(0);
    object.cache()->setLoader([loads](const QString &) { return QVariant(++*loads); });
    Entry idle;
    Entry shown;
    show(idle, object);
    shown.setKey(QStringLiteral("other"));
    shown.setCache(&object);
    QTRY_VERIFY(idle.value().isValid() && shown.value().isValid());
    idle.setActive(false);
    const int before = loads->load();
    QTRY_VERIFY_WITH_TIMEOUT(*loads > before, 60'000); // the other one's
    QTest::qWait(300); // by then both would have
    QCOMPARE(loads->load(), before + 1);
}

void tst_SyncCacheEntry::expiredIsLoadedAnew()
{
    SyncCacheManualClock clock;
    LoadedCache cache;
    cache.object.cache()->setClock(&clock);
    cache.object.cache()->setTimeToLive(std::chrono::seconds(1));
    cache.object.insert(Key, 1);
    Entry entry;
    show(entry, cache.object);
    for (int round = 2; round < 5; ++round) { // each time
        clock.advance(std::chrono::seconds(1));
        cache.object.flush();
        QCOMPARE(entry.value(), QVariant(round - 1));
        QVERIFY(entry.isStale());
        QVERIFY(entry.isFetching());
        cache.waitFor(Key);
        cache.finish(Key, round);
        QTRY_COMPARE(entry.value(), QVariant(round));
        QTRY_VERIFY(!entry.isFetching());
    }
}

void tst_SyncCacheEntry::removedIsNull()
{
    LoadedCache cache;
    cache.object.insert(Key, 1);
    Entry entry;
    show(entry, cache.object);
    cache.object.remove(Key);
    cache.object.flush();
    QCOMPARE(entry.status(), Entry::Null);
    QVERIFY(!entry.value().isValid());
    entry.setValue(2);
    entry.remove(); // shows at once
    QCOMPARE(entry.status(), Entry::Null);
    QVERIFY(!cache.object.contains(Key));
    QTest::qWait(20);
    QCOMPARE(cache.count, 0);
}

// News of the removal comes later, and is not taken for one of what is being loaded.
void tst_SyncCacheEntry::aLoadThatBeganAfterARemovalGoesOn()
{
    LoadedCache cache;
    cache.object.insert(Key, 1);
    cache.object.flush();
    cache.object.remove(Key);
    Entry entry;
    show(entry, cache.object);
    QCOMPARE(entry.status(), Entry::Loading);
    cache.object.flush();
    QCOMPARE(entry.status(), Entry::Loading);
    QVERIFY(entry.isFetching());
    cache.waitFor(Key);
    cache.finish(Key, 2);
    QTRY_COMPARE(entry.value(), QVariant(2));

    cache.object.remove(Key);
    entry.refresh();
    cache.object.flush();
    QCOMPARE(entry.status(), Entry::Loading); // the value that it showed has gone
    QVERIFY(!entry.value().isValid());
    cache.waitFor(Key);
    cache.finish(Key, 3);
    QTRY_COMPARE(entry.value(), QVariant(3));
    QCOMPARE(entry.status(), Entry::Ready);
    cache.object.flush();
    QVERIFY(cache.object.contains(Key));

    entry.refresh();
    cache.waitFor(Key);
    cache.object.remove(Key); // while it loads
    cache.object.flush();
    QCOMPARE(entry.status(), Entry::Null);
    QVERIFY(!entry.isFetching());
    QTRY_VERIFY(cache.loads.at(Key).isCanceled());
}

void tst_SyncCacheEntry::writingIsToldOfAnInactiveOne()
{
    SyncCacheObject object;
    Entry entry(&object, Key);
    int changes = 0;
    bool told = false;
    connect(&entry, &Entry::writingChanged, this, [&] {
        ++changes;
        told = entry.isWriting();
    });
    QPromise<void> confirms;
    confirms.start();
    entry.write(1, confirms.future());
    QVERIFY(told);
    entry.setActive(false);
    QVERIFY(entry.isWriting());
    entry.setKey(Other);
    QVERIFY(!entry.isWriting());
    QCOMPARE(changes, 2);
    entry.setKey(Key);
    QVERIFY(entry.isWriting());
    QCOMPARE(changes, 3);
    confirms.finish();
    QTRY_VERIFY(!entry.isWriting());
    QCOMPARE(changes, 4);
    QVERIFY(!told);
}

void tst_SyncCacheEntry::theSamePictureIsNotTold()
{
    LoadedCache cache;
    cache.object.setName(QStringLiteral("pictures of tst_SyncCacheEntry"));
    cache.answerByHand();
    cache.object.insert(Key, 1);
    Entry entry;
    entry.setRetainWhileLoading(true);
    show(entry, cache.object);
    QUrl told = entry.imageSource();
    QVERIFY(!told.isEmpty());
    int changes = 0;
    connect(&entry, &Entry::imageSourceChanged, this, [&] {
        ++changes;
        QVERIFY(entry.imageSource() != told);
        told = entry.imageSource();
    });
    entry.setKey(Other); // is loaded
    entry.setKey(Key);
    QCOMPARE(changes, 0);
    entry.setValue(2);
    QCOMPARE(changes, 1);
    SyncCacheObject::unpublish(cache.object.name());
}

void tst_SyncCacheEntry::theSamePictureHasOneUrlWhoeverReadIt()
{
    LoadedCache cache;
    cache.object.setName(QStringLiteral("one URL of tst_SyncCacheEntry"));
    cache.object.insert(Key, 1);
    Entry entries[3];
    for (Entry &entry : entries)
        show(entry, cache.object);
    for (const Entry *reader : { &entries[0], &entries[2] }) { // told before the other, or after it
        (void)reader->imageSource();
        connect(reader, &Entry::imageSourceChanged, this, [=] { (void)reader->imageSource(); });
    }
    QSignalSpy told(&entries[1], &Entry::imageSourceChanged);
    cache.object.insert(Key, 2);
    cache.object.flush();
    QCOMPARE(told.size(), 1);
    QVERIFY(!entries[0].imageSource().isEmpty());
    for (const Entry &entry : entries)
        QCOMPARE(entry.imageSource(), entries[0].imageSource());
    SyncCacheObject::unpublish(cache.object.name());
}

// What a load brings that began before a removal is never shown after it.
void tst_SyncCacheEntry::aLoadThatIsNotKeptMakesWayForALaterOne()
{
    LoadedCache cache;
    cache.object.insert(Key, 1);
    Entry entry;
    show(entry, cache.object);
    entry.refresh();
    cache.waitFor(Key);
    const Load first = cache.take(Key);
    cache.object.cache()->remove(Key); // as a worker would
    cache.object.refresh(Key);
    cache.object.flush();
    QCOMPARE(entry.status(), Entry::Loading);
    bool wasShown = false;
    connect(&entry, &Entry::valueChanged, this,
            [&] { wasShown = wasShown || entry.value() == QVariant(7); });
    first.finish(7);
    cache.waitFor(Key);
    QCOMPARE(entry.status(), Entry::Loading);
    cache.take(Key).finishAbsent();
    QTRY_COMPARE(entry.status(), Entry::Null);
    QVERIFY(!wasShown);
}

// The rejection is heard of after a load was asked for, and before that begins.
void tst_SyncCacheEntry::rejectionBesideALoadIsShown()
{
    for (const bool isEvicted : { false, true }) {
        LoadedCache cache;
        Entry entry;
        entry.setActive(false);
        show(entry, cache.object);
        QPromise<void> rejects;
        rejects.start();
        entry.write(2, rejects.future()); // nothing was there before
        entry.setActive(true);
        QCOMPARE(entry.value(), QVariant(2));
        QSignalSpy failed(&entry, &Entry::failed);
        rejects.future().cancel();
        rejects.finish();
        if (isEvicted) {
            cache.object.cache()->trim(SyncCacheTrimLevel::Complete);
            entry.setKey(Other);
            entry.setKey(Key);
            QCOMPARE(entry.status(), Entry::Loading);
        } else {
            entry.refresh();
        }
        QVERIFY(entry.isWriting());
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY(!entry.isWriting());
        QCOMPARE(entry.status(), Entry::Loading);
        QCOMPARE(entry.errorCode(), Entry::WriteFailed);
        cache.waitFor(Key);
        cache.finish(Key, 3);
        QTRY_COMPARE(entry.value(), QVariant(3));
        QCOMPARE(entry.errorCode(), Entry::NoError);
    }
}

void tst_SyncCacheEntry::writeThatIsConfirmedAtOnceForgetsAFailure()
{
    SyncCacheObject object;
    object.insert(Key, 1);
    Entry entry;
    show(entry, object);
    QPromise<void> rejects;
    rejects.start();
    entry.write(2, rejects.future());
    rejects.future().cancel();
    rejects.finish();
    QTRY_COMPARE(entry.errorCode(), Entry::WriteFailed);
    QCOMPARE(entry.value(), QVariant(1));
    entry.write(1, QVariant(true)); // no promise
    QCOMPARE(entry.errorCode(), Entry::NoError);
    QVERIFY(!entry.isWriting());
}

void tst_SyncCacheEntry::sharedOneWritesWhileNobodyIsConnected()
{
    for (const bool isFlushed : { false, true }) {
        SyncCacheObject object;
        object.insert(Key, 1);
        const QPointer<Entry> entry = object.entry(Key);
        object.flush();
        QPromise<void> confirms;
        confirms.start();
        entry->write(2, confirms.future());
        QVERIFY(entry->isWriting());
        if (isFlushed)
            object.flush();
        QVERIFY(entry);
        QVERIFY(entry->isWriting());
        confirms.finish();
        QTRY_VERIFY(!entry || !entry->isWriting());
    }
}

// It was of another thread when it was put, and null here.
void tst_SyncCacheEntry::objectThatMovedHereIsTold()
{
    SyncCacheObject object;
    Entry entry;
    show(entry, object);
    QObject moved;
    QThread *const here = QThread::currentThread();
    QThread other;
    other.start();
    moved.moveToThread(&other);
    object.insert(Key, QVariant::fromValue(&moved));
    object.flush();
    QCOMPARE(entry.value().value<QObject *>(), nullptr);
    QMetaObject::invokeMethod(
            &moved, [&] { moved.moveToThread(here); }, Qt::BlockingQueuedConnection);
    QSignalSpy value(&entry, &Entry::valueChanged);
    object.insert(Key, QVariant::fromValue(&moved));
    object.flush();
    QCOMPARE(entry.value().value<QObject *>(), &moved);
    QCOMPARE(value.size(), 1);
    other.quit();
    other.wait();
}

void tst_SyncCacheEntry::inactiveFollowsNothingAndCancels()
{
    LoadedCache cache;
    cache.object.insert(Key, 1);
    Entry entry;
    show(entry, cache.object);
    entry.setActive(false);
    cache.object.insert(Key, 2);
    cache.object.flush();
    QCOMPARE(entry.value(), QVariant(1));
    entry.setActive(true);
    QCOMPARE(entry.value(), QVariant(2));
    entry.setKey(Other);
    cache.waitFor(Other);
    entry.setActive(false);
    QCOMPARE(entry.status(), Entry::Null);
    QVERIFY(!entry.isFetching());
    QTRY_VERIFY(cache.loads.at(Other).isCanceled());
}

void tst_SyncCacheEntry::loaderThatComesLaterLoads()
{
    SyncCacheObject object;
    Entry entry;
    show(entry, object);
    object.cache()->setLoader([](const QString &) { return QVariant(1); });
    entry.refresh();
    QTRY_COMPARE(entry.status(), Entry::Ready);
}

// What has no interface is always active.
void tst_SyncCacheEntry::refreshesByItselfWithoutAnInterface()
{
    SyncCacheObject object;
    std::atomic<int> loads { 0 };
    object.cache()->setLoader([&loads](const QString &) { return QVariant(++loads); });
    Entry entry;
    const QSignalSpy value(&entry, &Entry::valueChanged);
    entry.setRefreshInterval(10);
    show(entry, object);
    QTRY_VERIFY_WITH_TIMEOUT(entry.value().toInt() > 3, 5000);
    entry.setRefreshInterval(0);
    QVERIFY(comesToRest(object, loads));
}

void tst_SyncCacheEntry::internedIsTheSameWhileConnected()
{
    SyncCacheObject object;
    object.insert(Key, 1);
    Entry *entry = object.entry(Key);
    QCOMPARE(entry, object.entry(Key));
    QCOMPARE(entry->value(), QVariant(1));
    for (int i = 0; i < 6; ++i) {
        QTest::ignoreMessage(QtWarningMsg,
                             "an entry of entry() is shared, and stays as it is: make a CacheEntry "
                             "of your own");
    }
    entry->setKey(Other);
    entry->setCache(nullptr);
    entry->setActive(false);
    entry->setPlaceholderValue(7);
    entry->setPriority(7);
    entry->setRetainWhileLoading(true);
    QCOMPARE(entry->key(), Key);
    QVERIFY(entry->isActive() && !entry->retainWhileLoading());
    QVERIFY(!entry->placeholderValue().isValid() && entry->priority() == 0);
    QSignalSpy changed(entry, &Entry::valueChanged);
    const QPointer<Entry> alive(entry);
    for (int i = 0; i < 1000; ++i)
        object.entry(QString::number(i));
    QCoreApplication::processEvents();
    QVERIFY(alive);
    object.insert(Key, 2);
    object.flush();
    QCOMPARE(changed.size(), 1);
    QCOMPARE(object.entry(Key), entry);
}

void tst_SyncCacheEntry::unconnectedAreReaped()
{
    SyncCacheObject object;
    object.setNotifyInterval(0);
    QList<QPointer<Entry>> all;
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < 200; ++i)
            all.append(object.entry(QString::number(round * 1000 + i)));
        QCoreApplication::processEvents();
    }
    const auto left = [&all] { return all.size() - all.count(QPointer<Entry>()); };
    QTRY_VERIFY2_WITH_TIMEOUT(left() <= 100, qPrintable(QString::number(left())), 1000);
}

void tst_SyncCacheEntry::whatLosesItsLastConnectionIsLetGo()
{
    LoadedCache cache;
    const QPointer<Entry> entry(cache.object.entry(Key));
    const QPointer<Entry> still(cache.object.entry(Other));
    auto receiver = std::make_unique<QObject>();
    connect(entry, &Entry::valueChanged, receiver.get(), [] {});
    connect(still, &Entry::valueChanged, receiver.get(), [] {});
    connect(still, &Entry::statusChanged, &cache.context, [] {});
    cache.waitFor(Key);
    QVERIFY(entry && still);
    receiver.reset();
    QTRY_VERIFY(cache.loads.at(Key).isCanceled());
    QCOMPARE(entry->status(), Entry::Null);
    QVERIFY(!entry->isFetching());
    QVERIFY(still);
    QCOMPARE(still->status(), Entry::Loading);
    QVERIFY(!cache.loads.at(Other).isCanceled());
}

void tst_SyncCacheEntry::cacheMayEndFirst()
{
    auto object = std::make_unique<SyncCacheObject>();
    object->insert(Key, 1);
    Entry active;
    Entry inactive;
    Entry loose;
    show(active, *object);
    show(inactive, *object);
    inactive.setActive(false);
    loose.setCache(object.get());
    QSignalSpy changed(&active, &Entry::cacheChanged);
    object.reset();
    QCOMPARE(changed.size(), 1);
    for (Entry *entry : { &active, &inactive, &loose }) {
        QVERIFY(!entry->cache());
        QVERIFY(!entry->exists());
    }
    active.setValue(2);
    inactive.setActive(true);
    loose.setKey(Key);
    SyncCacheObject next;
    active.setCache(&next); // and what was written meanwhile is inserted
    QCOMPARE(next.value(Key), QVariant(2));
}

void tst_SyncCacheEntry::entryMayDeleteItselfAndOthersInASlot()
{
    SyncCacheObject object;
    QPointer<Entry> one(new Entry);
    QPointer<Entry> other(new Entry);
    for (Entry *entry : { one.data(), other.data() }) {
        show(*entry, object);
        connect(entry, &Entry::statusChanged, &object, [&] {
            delete one;
            delete other;
        });
    }
    object.insert(Key, 1);
    object.flush();
    QVERIFY(!one && !other);
}

void tst_SyncCacheEntry::entryMayBeDeletedByWhatAChangeShows()
{
    for (int how = 0; how < 3; ++how) {
        SyncCacheObject object;
        object.insert(Key, 1);
        auto *const entry = new Entry;
        const QPointer<Entry> alive(entry);
        if (how != 0)
            entry->setKey(Key);
        if (how == 2)
            entry->setActive(false);
        if (how != 1)
            entry->setCache(&object);
        connect(entry, &Entry::valueChanged, &object, [entry] { delete entry; });
        if (how == 0)
            entry->setKey(Key);
        else if (how == 1)
            entry->setCache(&object);
        else
            entry->setActive(true);
        QVERIFY(!alive);
    }
}

void tst_SyncCacheEntry::entryMayEndDuringALoad()
{
    LoadedCache cache;
    {
        Entry entry;
        show(entry, cache.object);
        cache.waitFor(Key);
    }
    QTRY_VERIFY(cache.loads.at(Key).isCanceled());
    cache.finish(Key, 1);
    QCoreApplication::processEvents();
    QVERIFY(!cache.object.contains(Key));
}

void tst_SyncCacheEntry::deletedObjectAsValueIsGone()
{
    SyncCacheObject object;
    auto kept = std::make_unique<QObject>();
    Entry entry;
    show(entry, object);
    entry.setValue(QVariant::fromValue(kept.get()));
    QCOMPARE(entry.value().value<QObject *>(), kept.get());
    kept.reset();
    QCOMPARE(entry.value().value<QObject *>(), nullptr);
    object.flush();
    QCOMPARE(entry.status(), Entry::Null);
}

QTEST_GUILESS_MAIN(tst_SyncCacheEntry)
#include "tst_synccacheentry.moc"
