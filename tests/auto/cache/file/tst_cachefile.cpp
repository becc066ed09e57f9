// SPDX-License-Identifier: MIT

// Saving and restoring.

#include "loading.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfile.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <functional>
#include <utility>

#ifdef Q_OS_UNIX
#  include <csignal>
#  include <sys/resource.h>
#endif

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

QByteArray contentOf(const QString &fileName)
{
    QFile file(fileName);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void setContent(const QString &fileName, const QByteArray &content)
{
    QFile file(fileName);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

// What does not let itself be written.
struct Unwritable
{
    bool isThrowing = false;
    bool isRefusing = false;
    static inline bool isUnreadable = false;

    friend QDataStream &operator<<(QDataStream &stream, const Unwritable &one)
    {
        if (one.isThrowing)
            throw 1;
        if (one.isRefusing)
            stream.setStatus(QDataStream::WriteFailed);
        return stream << 1;
    }
    friend QDataStream &operator>>(QDataStream &stream, Unwritable &)
    {
        if (isUnreadable)
            stream.setStatus(QDataStream::ReadCorruptData);
        int one = 0;
        return stream >> one;
    }
};

// Does something when it is written, once.
struct Interrupting
{
    int number = 0;
    static inline std::function<void()> interrupt;

    friend QDataStream &operator<<(QDataStream &stream, const Interrupting &one)
    {
        if (interrupt)
            std::exchange(interrupt, nullptr)();
        return stream << one.number;
    }
    friend QDataStream &operator>>(QDataStream &stream, Interrupting &one)
    {
        return stream >> one.number;
    }
};

} // namespace

class tst_CacheFile : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_file = m_folder.filePath(QStringLiteral("cache"));

private Q_SLOTS:
    // Of what is written long after the file was begun, too.
    void nothingLivesLongerThanItsTime()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, Interrupting> cache(100);
        cache.setClock(&clock);
        const auto insertAll = [&cache](const SyncCacheEntryOptions &options) {
            for (int key = 0; key < 50; ++key)
                cache.insert(key, { key }, options);
        };
        insertAll({});
        Interrupting::interrupt = [&] {
            clock.advance(10s);
            insertAll(SyncCacheEntryOptions().setTimeToLive(1s));
        };
        QVERIFY(cache.save(m_file).result());
        QVERIFY(!Interrupting::interrupt);
        SyncCacheManualClock otherClock;
        ValidatedCache<int, Interrupting> other(100);
        other.setClock(&otherClock);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.size(), 50);
        otherClock.advance(1s);
        QCOMPARE(other.size(), 1); // the one that was being written
    }

    void whatWasSavedIsRestored()
    {
        SyncCacheManualClock clock;
        ValidatedCache<QString, QByteArray> cache(100);
        cache.setClock(&clock);
        cache.insert(u"plain"_s, "1");
        cache.insert(u"pinned"_s, "2", SyncCacheEntryOptions().setPinned(true).setCost(7));
        cache.insert(u"tagged"_s, "3", SyncCacheEntryOptions().setTags({ u"t"_s }));
        cache.insert(u"short"_s, "4", SyncCacheEntryOptions().setTimeToLive(10s));
        cache.insert(u"expired"_s, "5", SyncCacheEntryOptions().setTimeToLive(3s));
        clock.advance(4s);
        QVERIFY(cache.save(m_file).result());
        QCOMPARE(cache.lastError(), QString());

        SyncCacheManualClock otherClock(1000h);
        ValidatedCache<QString, QByteArray> other(100);
        other.setClock(&otherClock);
        other.insert(u"mine"_s, "0");
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.size(), 5);
        QCOMPARE(other.totalCost(), 11);
        QCOMPARE(other.find(u"plain"_s), std::optional<QByteArray>("1"));
        otherClock.advance(5999ms);
        QVERIFY(other.contains(u"short"_s));
        otherClock.advance(1ms);
        QVERIFY(!other.contains(u"short"_s));
        QCOMPARE(other.removeByTag(u"t"_s), 1);
        other.trim(SyncCacheTrimLevel::Complete);
        QCOMPARE(other.keys(), QStringList { u"pinned"_s });
    }

    void aDamagedFileRestoresNothing()
    {
        ValidatedCache<QString, int> cache(100);
        for (int i = 0; i < 3; ++i)
            cache.insert(QString::number(i), i);
        QVERIFY(cache.save(m_file).result());
        const QByteArray good = contentOf(m_file);
        const auto refuses = [this](const QByteArray &content) {
            setContent(m_file, content);
            ValidatedCache<QString, int> other(100);
            other.insert(u"mine"_s, 1);
            QVERIFY(!other.restore(m_file).result());
            QVERIFY(!other.lastError().isEmpty());
            QCOMPARE(other.keys(), QStringList { u"mine"_s });
        };
        for (qsizetype size = 0; size < good.size(); ++size)
            refuses(good.left(size));
        for (qsizetype at = 0; at < good.size(); ++at) {
            QByteArray damaged = good;
            damaged[at] = char(damaged.at(at) ^ 0x10);
            refuses(damaged);
        }
        refuses(good + 'x');
        refuses("something else altogether");
        setContent(m_file, good);
        ValidatedCache<QString, int> other(100);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.size(), 3);
    }

    void aNewerFileRestoresNothingAndSaysWhy()
    {
        ValidatedCache<QString, int> cache(100);
        cache.insert(u"a"_s, 1);
        QVERIFY(cache.save(m_file).result());
        QByteArray newer = contentOf(m_file);
        newer[5] = char(newer.at(5) + 1);
        setContent(m_file, newer);
        ValidatedCache<QString, int> other(100);
        QVERIFY(!other.restore(m_file).result());
        QVERIFY2(other.lastError().contains(u"version"), qPrintable(other.lastError()));
        QVERIFY(other.isEmpty());
        QCOMPARE(contentOf(m_file), newer);
    }

    void whatWasStaleIsStaleWhenItIsRestored()
    {
        ValidatedCache<QString, int> cache(100);
        cache.insert(u"fresh"_s, 1);
        cache.insert(u"stale"_s, 2);
        cache.invalidate(u"stale"_s);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<QString, int> other(100);
        QVERIFY(other.restore(m_file).result());
        other.setLoader([](const QString &) { return 3; });
        QCOMPARE(other.getOrLoad(u"fresh"_s).result(), 1);
        QCOMPARE(other.getOrLoad(u"stale"_s).result(), 2);
        QVERIFY(other.waitForDone());
        QCOMPARE(other.peek(u"fresh"_s), std::optional<int>(1));
        QCOMPARE(other.peek(u"stale"_s), std::optional<int>(3));
    }

    // What cannot fit is left out, as by insert(); what is there by the same key, and newer, stays.
    void restoringKeepsTheBound()
    {
        ValidatedCache<QString, int> cache(100);
        for (int i = 0; i < 100; ++i)
            cache.insert(QString::number(i), i);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<QString, int> other(10);
        other.insert(u"5"_s, -5);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.totalCost(), 10);
        QVERIFY(other.peek(u"5"_s) != std::optional<int>(5));
        QVERIFY(other.isConsistent());
    }

    void savingGoesOnBesideWriters()
    {
        ValidatedCache<int, int> cache(1000);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, i);
        QFuture<bool> saved = cache.save(m_file);
        for (int i = 0; i < 5000; ++i)
            cache.insert(i % 1500, i % 1500);
        QVERIFY(saved.result());
        ValidatedCache<int, int> other(-1);
        QVERIFY(other.restore(m_file).result());
        other.forEach([](int key, int value) { QCOMPARE(key, value); });
    }

    void aFileOfOtherTypesRestoresNothing()
    {
        ValidatedCache<QString, QString> cache(100);
        for (int i = 0; i < 20; ++i)
            cache.insert(QString::number(i), u"text"_s);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<int, QStringList> other(100);
        QVERIFY(!other.restore(m_file).result());
        QVERIFY(other.isEmpty());
    }

    void aFileThatIsNotThereSaysSo()
    {
        ValidatedCache<QString, int> cache;
        QVERIFY(!cache.restore(m_folder.filePath(u"none"_s)).result());
        QVERIFY(!cache.lastError().isEmpty());
        QVERIFY(!cache.save(m_folder.filePath(u"no/such/folder"_s)).result());
        QVERIFY(!cache.lastError().isEmpty());
    }

#ifdef Q_OS_LINUX
    void aFullDiskLeavesTheOldFileAsItWas()
    {
        ValidatedCache<QString, QByteArray> cache(100);
        cache.insert(u"small"_s, "1");
        QVERIFY(cache.save(m_file).result());
        const QByteArray good = contentOf(m_file);
        cache.insert(u"large"_s, QByteArray(1 << 20, 'x'));

        std::signal(SIGXFSZ, SIG_IGN);
        rlimit before = {};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
        rlimit small = before;
        small.rlim_cur = 100'000;
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
        const bool saved = cache.save(m_file).result();
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
        QVERIFY(!saved);
        QVERIFY(!cache.lastError().isEmpty());
        QCOMPARE(contentOf(m_file), good);
    }
#endif

    void valuesThatCannotBeWrittenAreAnError_data()
    {
        QTest::addColumn<bool>("isThrowing");
        QTest::addColumn<QString>("message");
        QTest::newRow("refused") << false
                                 << u"a key or value could not be written to %1"_s.arg(m_file);
        QTest::newRow("thrown") << true << u"something was thrown that is no std::exception"_s;
    }
    void valuesThatCannotBeWrittenAreAnError()
    {
        QFETCH(const bool, isThrowing);
        QFETCH(const QString, message);
        setContent(m_file, "as it was");
        ValidatedCache<int, Unwritable> cache(100);
        cache.insert(1, Unwritable { isThrowing, !isThrowing });
        QTest::ignoreMessage(
                QtWarningMsg,
                QRegularExpression(u"\"1\" is left out: its value could not be written"_s));
        QVERIFY(!cache.save(m_file).result());
        QCOMPARE(cache.lastError(), message);
        QCOMPARE(contentOf(m_file), QByteArray("as it was"));
        QVERIFY(cache.contains(1));
    }

    void whatIsLeftIsExact()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.insert(1, 1, SyncCacheEntryOptions().setTimeToLive(2ms));
        cache.insert(2, 2, SyncCacheEntryOptions().setTimeToLive(3ms));
        clock.advance(1'500us);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<int, int> other(100);
        other.setClock(&clock);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.size(), 2);
        clock.advance(499us);
        QVERIFY(other.contains(1));
        clock.advance(1us);
        QVERIFY(!other.contains(1));
        QVERIFY(other.contains(2));
    }

    // Between two runs of a program, by the clock on the wall.
    void agesGoOn()
    {
        SyncCacheManualClock clock;
        ValidatedCache<QString, int> cache(100);
        cache.setClock(&clock);
        cache.setTimeToLive(1h);
        cache.setStaleTime(30min);
        cache.setTimeToIdle(9h);
        cache.insert(u"cache's"_s, 1);
        cache.insert(u"own"_s, 2, SyncCacheEntryOptions().setTimeToLive(2h));
        cache.insert(u"for ever"_s, 3, SyncCacheEntryOptions().setTimeToLive(SyncCacheForever));
        clock.advance(20min);
        QVERIFY(cache.save(m_file).result());

        SyncCacheManualClock night(7h);
        night.setCurrentDateTime(clock.currentDateTime().addSecs(15 * 60));
        ValidatedCache<QString, int> other(100);
        other.setClock(&night);
        other.setTimeToLive(1h);
        other.setStaleTime(30min);
        QVERIFY(other.restore(m_file).result());
        const auto info = other.entryInfo(u"cache's"_s);
        QVERIFY(info && !info->hasOwnTimeToLive && info->stale);
        QCOMPARE(info->age, std::chrono::milliseconds(35min));
        QCOMPARE(info->timeToLiveLeft, std::chrono::milliseconds(25min));
        const auto own = other.entryInfo(u"own"_s);
        QVERIFY(own && own->hasOwnTimeToLive);
        QCOMPARE(own->timeToLiveLeft, std::chrono::milliseconds(85min));
        QCOMPARE(other.entryInfo(u"for ever"_s)->timeToLiveLeft, SyncCacheForever);
        // It is an entry like others: a new value follows the cache, and what it has of its own.
        other.exchange(u"cache's"_s, 4);
        other.exchange(u"own"_s, 5);
        QCOMPARE(other.entryInfo(u"cache's"_s)->timeToLiveLeft, std::chrono::milliseconds(1h));
        QCOMPARE(other.entryInfo(u"own"_s)->timeToLiveLeft, std::chrono::milliseconds(2h));
        night.advance(1h);
        QVERIFY(!other.contains(u"cache's"_s));

        night.setCurrentDateTime(clock.currentDateTime().addSecs(3600));
        ValidatedCache<QString, int> late(100);
        late.setClock(&night);
        QVERIFY(late.restore(m_file).result());
        QCOMPARE(late.size(), 2);
    }

    // The cache's own times count from when an entry was written, whatever they were then.
    void theTimesOfTheOtherCacheCount()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.insert(1, 1);
        clock.advance(20min);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<int, int> other(100);
        other.setClock(&clock);
        other.setTimeToLive(1h);
        other.setStaleTime(30min);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.entryInfo(1)->timeToLiveLeft, std::chrono::milliseconds(40min));
        QCOMPARE(other.entryInfo(1)->staleTimeLeft, std::chrono::milliseconds(10min));
        ValidatedCache<int, int> strict(100);
        strict.setClock(&clock);
        strict.setTimeToLive(20min);
        QVERIFY(strict.restore(m_file).result());
        QVERIFY(strict.isEmpty());
    }

    // Costs are of the cache that restores, but for those that were given.
    void whatIsRestoredIsWeighedHere()
    {
        ValidatedCache<int, QByteArray> cache(100);
        for (int i = 0; i < 10; ++i)
            cache.insert(i, QByteArray(1000, 'x'));
        cache.insert(10, "given", 7);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<int, QByteArray> other;
        other.setMaxBytes(5'000);
        QVERIFY(other.restore(m_file).result());
        QVERIFY(other.size() < 6);
        ValidatedCache<int, QByteArray> large;
        large.setMaxBytes(50'000);
        QVERIFY(large.restore(m_file).result());
        QCOMPARE(large.size(), 11);
        QVERIFY(large.totalCost() > 10'000);
        QCOMPARE(large.entryInfo(10)->cost, 7);
    }

    // A life may begin later than the value was written.
    void aLifeThatBeganAnewGoesOn()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setTimeToLive(20h);
        cache.insert(1, 1);
        cache.insert(2, 2);
        clock.advance(10h);
        cache.setEntryOptions(1, SyncCacheEntryOptions().setTimeToLive(1h));
        cache.setEntryOptions(2, SyncCacheEntryOptions().resetTimeToLive());
        QVERIFY(cache.save(m_file).result());
        clock.advance(30min);
        ValidatedCache<int, int> other(100);
        other.setClock(&clock);
        other.setTimeToLive(2h);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.entryInfo(1)->timeToLiveLeft, std::chrono::milliseconds(30min));
        QCOMPARE(other.entryInfo(1)->age, std::chrono::milliseconds(10h + 30min));
        QCOMPARE(other.entryInfo(2)->timeToLiveLeft, std::chrono::milliseconds(90min));
    }

    void aClockThatWasSetBackProlongsNothing()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setTimeToLive(1h);
        cache.insert(1, 1);
        clock.advance(40min);
        QVERIFY(cache.save(m_file).result());
        clock.setCurrentDateTime(clock.currentDateTime().addYears(-5));
        ValidatedCache<int, int> other(100);
        other.setClock(&clock);
        other.setTimeToLive(1h);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.entryInfo(1)->timeToLiveLeft, std::chrono::milliseconds(20min));
    }

    void whatWasDoneSinceRestoreWasCalledWins()
    {
        const QString tag = u"tag"_s;
        {
            ValidatedCache<QString, QString> old(100);
            for (const QString &key : { u"written"_s, u"removed"_s, u"invalidated"_s, u"left"_s,
                                        u"computed"_s, u"loaded"_s, u"taken"_s })
                old.insert(key, u"old"_s);
            old.insert(u"tagged"_s, u"old"_s, SyncCacheEntryOptions().setTags({ tag }));
            QVERIFY(old.save(m_file).result());
        }
        BusyPool busy;
        QThreadPool loaders;
        ValidatedCache<QString, QString> cache(100);
        cache.setThreadPool(&busy.pool);
        QFuture<bool> restored = cache.restore(m_file);
        cache.setThreadPool(&loaders);
        cache.setLoader([](const QString &) { return u"new"_s; });
        cache.insert(u"written"_s, u"new"_s);
        cache.insert(u"removed"_s, u"new"_s);
        cache.remove(u"removed"_s);
        cache.invalidate(u"invalidated"_s);
        cache.compute(u"computed"_s,
                      [](const QString *) { return std::optional<QString>(u"new"_s); });
        QCOMPARE(cache.load(u"loaded"_s).value, u"new"_s);
        cache.take(u"taken"_s);
        cache.removeByTag(tag);
        busy.gate.mayLeave.open();
        QVERIFY(restored.result());
        QCOMPARE(cache.value(u"written"_s), u"new"_s);
        QCOMPARE(cache.value(u"computed"_s), u"new"_s);
        QCOMPARE(cache.value(u"loaded"_s), u"new"_s);
        QCOMPARE(cache.value(u"left"_s), u"old"_s);
        for (const QString &key : { u"removed"_s, u"invalidated"_s, u"tagged"_s, u"taken"_s })
            QVERIFY2(!cache.contains(key), qPrintable(key));
    }

    void allThatWasClearedSinceStaysAway()
    {
        ValidatedCache<int, int> old(100);
        old.insert(1, 1);
        QVERIFY(old.save(m_file).result());
        for (const bool clears : { true, false }) {
            BusyPool busy;
            ValidatedCache<int, int> cache(100);
            cache.setThreadPool(&busy.pool);
            QFuture<bool> restored = cache.restore(m_file);
            clears ? cache.clear() : cache.invalidateAll();
            busy.gate.mayLeave.open();
            QVERIFY(restored.result());
            QVERIFY(cache.isEmpty());
        }
    }

    void whatIsNewerThanTheFileStays()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.insert(1, 1);
        cache.insert(2, 2);
        clock.advance(1h);
        cache.insert(2, 20);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<int, int> other(100);
        other.setClock(&clock);
        clock.advance(1h);
        other.insert(1, -1);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.peek(1), std::optional<int>(-1));
        QCOMPARE(other.peek(2), std::optional<int>(20));
        // And what is older goes.
        ValidatedCache<int, int> third(100);
        third.setClock(&clock);
        third.insert(2, -2);
        clock.advance(1h);
        cache.insert(2, 30);
        QVERIFY(cache.save(m_file).result());
        QVERIFY(third.restore(m_file).result());
        QCOMPARE(third.peek(2), std::optional<int>(30));
    }

    void anEntryWhoseOptionsWereSetSinceRestoreWasCalledStays()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        for (const int key : { 1, 2, 3, 4 })
            cache.insert(key, -key);
        clock.advance(1h);
        ValidatedCache<int, int> old(100);
        old.setClock(&clock);
        for (const int key : { 1, 2, 3, 4 })
            old.insert(key, key); // newer than what is there
        QVERIFY(old.save(m_file).result());
        BusyPool busy;
        cache.setThreadPool(&busy.pool);
        QFuture<bool> restored = cache.restore(m_file);
        QVERIFY(cache.setEntryOptions(1, SyncCacheEntryOptions().setPinned(true)));
        QVERIFY(cache.setEntryOptions(2, SyncCacheEntryOptions().setTimeToLive(0ms)));
        QVERIFY(!cache.setEntryOptions(
                4, SyncCacheEntryOptions().setCost(1000))); // which sets nothing
        busy.gate.mayLeave.open();
        QVERIFY(restored.result());
        QCOMPARE(cache.peek(1), std::optional<int>(-1));
        QVERIFY(cache.entryInfo(1)->pinned);
        QVERIFY(!cache.contains(2));
        QCOMPARE(cache.peek(3), std::optional<int>(3));
        QCOMPARE(cache.peek(4), std::optional<int>(4));
        cache.setThreadPool(nullptr);
    }

    void oneBadValueCostsOneEntry()
    {
        ValidatedCache<QString, Unwritable> cache(100);
        cache.insert(u"good"_s, {});
        cache.insert(u"thrown"_s, Unwritable { true });
        cache.insert(u"refused"_s, Unwritable { false, true });
        for (int i = 0; i < 2; ++i) {
            QTest::ignoreMessage(QtWarningMsg,
                                 QRegularExpression(u"\"(thrown|refused)\" is left out: its value "
                                                    "could not be written to"_s));
        }
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<QString, Unwritable> other(100);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.keys(), QStringList { u"good"_s });
        // And one that cannot be read.
        Unwritable::isUnreadable = true;
        const auto reset = qScopeGuard([] { Unwritable::isUnreadable = false; });
        ValidatedCache<QString, Unwritable> third(100);
        QTest::ignoreMessage(
                QtWarningMsg,
                QRegularExpression(u"\"good\" is left out: its value could not be read from"_s));
        QVERIFY(third.restore(m_file).result());
        QVERIFY(third.isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_CacheFile)

#include "tst_cachefile.moc"
