// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCache>
#include <SyncMap/SyncCacheManualClock>

#include <QtCore/qloggingcategory.h>
#include <QtCore/qregularexpression.h>
#include <QtTest/qtest.h>

#include <functional>
#include <mutex>
#include <stdexcept>
#include <utility>

using namespace std::chrono_literals;

namespace {

std::mutex mutex;
QStringList told;
std::function<void()> whenTold;
QtMessageHandler before = nullptr;

void hear(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    if (!QLatin1StringView(context.category).startsWith(QLatin1StringView("syncmap.")))
        return before(type, context, text);
    {
        const std::lock_guard lock(mutex);
        told.append(QLatin1StringView(context.category) + QLatin1StringView(": ") + text);
    }
    if (whenTold)
        whenTold();
}

QStringList takeTold()
{
    const std::lock_guard lock(mutex);
    return std::exchange(told, {});
}

// What a thread tells that ends a load: maybe only after the load was seen to be over.
QStringList takeToldOfALoad()
{
    QStringList all;
    (void)QTest::qWaitFor([&all] {
        all += takeTold();
        return !all.isEmpty();
    });
    return all;
}

// Something of each kind.
void goThroughAll()
{
    SyncCacheManualClock clock;
    SyncCache<QString, int> cache(10);
    cache.setClock(&clock);
    cache.setTimeToLive(1s);
    cache.insert(QStringLiteral("short"), 1);
    clock.advance(2s);
    cache.setTimeToLive(SyncCacheForever);
    for (int i = 0; i < 11; ++i)
        cache.insert(QString::number(i), i);
    cache.insert(QStringLiteral("large"), 1, 11);
    SyncCacheEntryOptions options;
    options.tags = { QStringLiteral("tag") };
    cache.insert(QStringLiteral("tagged"), 1, options);
    cache.removeByTag(QStringLiteral("tag"));
    cache.trim(SyncCacheTrimLevel::Complete);
    cache.setLoader([](const QString &) -> int {
        throw SyncCacheError(SyncCacheError::LoadFailed, QStringLiteral("no wire"));
    });
    (void)cache.load(QStringLiteral("lost"));
    cache.setMaxQueuedLoads(0);
    QFuture<int> refused = cache.getOrLoad(QStringLiteral("queued"));
    cache.waitForDone();
    cache.remove(QStringLiteral("lost"));
}

} // namespace

class tst_Diary : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { before = qInstallMessageHandler(hear); }
    void cleanupTestCase() { qInstallMessageHandler(before); }
    void init()
    {
        QLoggingCategory::setFilterRules(QStringLiteral("syncmap.*.debug=true"));
        takeTold();
    }
    void cleanup()
    {
        whenTold = nullptr;
        QLoggingCategory::setFilterRules({});
        takeTold();
    }

    void nothingIsToldUnlessSomebodyAsks();
    void eachEntryThatGoesUnaskedIsToldWithItsCause();
    void whatListenersHearIsTold();
    void whatTheProgramDoesItselfIsNotTold();
    void aLoadThatFailsIsToldWithItsKeyErrorAndTime();
    void aLoadThatNeverRanIsTold();
    void keysOfAnyTypeAreNamed();
    void aMessageHandlerMayUseTheCache();
};

void tst_Diary::nothingIsToldUnlessSomebodyAsks()
{
    QLoggingCategory::setFilterRules({});
    goThroughAll();
    QCOMPARE(takeTold(), QStringList());
}

void tst_Diary::eachEntryThatGoesUnaskedIsToldWithItsCause()
{
    SyncCacheManualClock clock;
    SyncCache<QString, int> cache(10);
    cache.setClock(&clock);
    SyncCacheEntryOptions options;
    options.timeToLive = 1s;
    options.cost = 2;
    cache.insert(QStringLiteral("short"), 1, options);
    clock.advance(2s);
    cache.insert(QStringLiteral("next"), 1);
    QCOMPARE(
            takeTold(),
            QStringList { QStringLiteral(
                    "syncmap.cache: The entry \"short\" has expired: it cost 2; the cache holds 0 of "
                    "10.") });

    cache.insert(QStringLiteral("large"), 1, 10);
    QCOMPARE(
            takeTold(),
            QStringList { QStringLiteral(
                    "syncmap.cache: The entry \"next\" was evicted: it cost 1; the cache holds 10 of "
                    "10.") });

    cache.insert(QStringLiteral("huge"), 1, 11);
    QCOMPARE(takeTold(),
             QStringList {
                     QStringLiteral("syncmap.cache: The entry \"huge\" was refused: it costs 11, "
                                    "which cannot fit; the cache holds 10 of 10.") });

    cache.trim(SyncCacheTrimLevel::Complete);
    QCOMPARE(
            takeTold(),
            QStringList { QStringLiteral(
                    "syncmap.cache: The entry \"large\" was trimmed: it cost 10; the cache holds 0 of "
                    "10.") });

    cache.setMaxCost(-1);
    options.timeToLive = SyncCacheForever;
    options.tags = { QStringLiteral("tag") };
    cache.insert(QStringLiteral("tagged"), 1, options);
    cache.removeByTag(QStringLiteral("tag"));
    QCOMPARE(takeTold(),
             QStringList {
                     QStringLiteral("syncmap.cache: The entry \"tagged\" was invalidated: it cost "
                                    "2; the cache holds 0, without a bound.") });
}

void tst_Diary::whatListenersHearIsTold()
{
    SyncCache<QString, int> cache(1);
    QObject context;
    int heard = 0;
    cache.onRemoved(&context, [&heard](const QString &, int, SyncCacheRemovalCause) { ++heard; });
    cache.insert(QStringLiteral("a"), 1);
    cache.insert(QStringLiteral("b"), 1);
    QCOMPARE(takeTold().size(), 1);
    QTRY_COMPARE(heard, 1);
}

void tst_Diary::whatTheProgramDoesItselfIsNotTold()
{
    SyncCache<QString, int> cache(10);
    cache.insert(QStringLiteral("a"), 1);
    cache.insert(QStringLiteral("a"), 2);
    cache.insert(QStringLiteral("b"), 2);
    cache.remove(QStringLiteral("a"));
    cache.clear();
    QCOMPARE(takeTold(), QStringList());
}

void tst_Diary::aLoadThatFailsIsToldWithItsKeyErrorAndTime()
{
    SyncCache<int, int> cache;
    cache.setLoader([](int key) -> int {
        if (key == 1)
            throw SyncCacheError(SyncCacheError::LoadFailed, QStringLiteral("no wire"));
        throw std::runtime_error("no memory");
    });
    (void)cache.load(1);
    cache.waitForDone();
    const QStringList first = takeToldOfALoad();
    QCOMPARE(first.size(), 1);
    QVERIFY2(QRegularExpression(QStringLiteral("^syncmap\\.loading: The load of \"1\" failed after "
                                               "\\d+ ms: no wire \\(LoadFailed\\)\\.$"))
                     .match(first.first())
                     .hasMatch(),
             qPrintable(first.first()));
    (void)cache.load(2);
    cache.waitForDone();
    const QStringList second = takeToldOfALoad();
    QCOMPARE(second.size(), 1);
    QVERIFY2(second.first().contains(QStringLiteral("\"2\" failed after"))
                     && second.first().contains(QStringLiteral("no memory")),
             qPrintable(second.first()));
}

void tst_Diary::aLoadThatNeverRanIsTold()
{
    SyncCache<int, int> cache;
    cache.setLoader([](int key) { return key; });
    cache.setMaxQueuedLoads(0);
    QFuture<int> refused = cache.getOrLoad(7);
    cache.waitForDone();
    QCOMPARE(takeToldOfALoad(),
             QStringList {
                     QStringLiteral("syncmap.loading: The load of \"7\" did not run: the load was "
                                    "canceled (Canceled).") });
    refused.cancel();
}

void tst_Diary::keysOfAnyTypeAreNamed()
{
    enum class Color { Red = 3 };
    struct Incomplete;
    SyncCache<Color, int> colors(0);
    colors.insert(Color::Red, 1);
    SyncCache<Incomplete *, int> pointers(0);
    pointers.insert(reinterpret_cast<Incomplete *>(quintptr(0xabc)), 1);
    SyncCache<QByteArray, int> bytes(0);
    bytes.insert("bytes", 1);
    const QStringList all = takeTold();
    QCOMPARE(all.size(), 3);
    QVERIFY2(all.at(0).contains(QStringLiteral("\"3\" was refused")), qPrintable(all.at(0)));
    QVERIFY2(all.at(1).contains(QStringLiteral("\"0xabc\" was refused")), qPrintable(all.at(1)));
    QVERIFY2(all.at(2).contains(QStringLiteral("\"bytes\" was refused")), qPrintable(all.at(2)));
}

void tst_Diary::aMessageHandlerMayUseTheCache()
{
    SyncCache<int, int> cache(2);
    int size = 0;
    bool isWithin = false;
    whenTold = [&] {
        if (std::exchange(isWithin, true))
            return;
        cache.insert(100, 1); // would wait for itself under the lock
        size = int(cache.size());
        isWithin = false;
    };
    for (int i = 0; i < 5; ++i)
        cache.insert(i, i);
    whenTold = nullptr;
    QCOMPARE(size, 2);
    QVERIFY(takeTold().size() >= 3);
}

QTEST_GUILESS_MAIN(tst_Diary)
#include "tst_diary.moc"
