// SPDX-License-Identifier: MIT

// Views of Qt Widgets without a delegate of ours: what they paint is loaded.

#include "modelwatch.h"

#include <SyncMap/SyncCacheEntry>

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qpointer.h>
#include <QtCore/qset.h>
#include <QtCore/qsortfilterproxymodel.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>
#include <QtWidgets/qapplication.h>
#include <QtWidgets/qheaderview.h>
#include <QtWidgets/qlistview.h>
#include <QtWidgets/qscrollbar.h>
#include <QtWidgets/qtableview.h>

#include <map>

namespace {

using Load = SyncCacheLoadContext<QVariant>;

constexpr int Many = 2000;

// A cache whose loads are answered by hand.
struct HandLoaded
{
    SyncCacheObject object;
    QObject context;
    std::map<QString, Load> loads; // under way, or cancelled
    QHash<QString, int> counts;
    int count = 0;

    explicit HandLoaded(double maxCost = 10'000)
    {
        object.setMaxCost(maxCost);
        object.setNotifyInterval(0);
        object.cache()->setLoader(&context, [this](const QString &key, Load load) {
            ++count;
            ++counts[key];
            loads.insert_or_assign(key, std::move(load));
        });
    }
    QStringList underWay() const
    {
        QStringList result;
        for (const auto &[key, load] : loads) {
            if (!load.isCanceled())
                result.append(key);
        }
        return result;
    }
    void answerAll()
    {
        for (const auto &[key, load] : std::exchange(loads, {})) {
            if (!load.isCanceled())
                load.finish(QVariantMap {
                        { QStringLiteral("name"), QStringLiteral("name of ") + key } });
        }
    }
    void failAll()
    {
        for (const auto &[key, load] : std::exchange(loads, {}))
            load.fail(QStringLiteral("no luck"));
    }
    int mostOfAKey() const
    {
        int most = 0;
        for (const int one : counts)
            most = std::max(most, one);
        return most;
    }
};

// A model of many keys, in a table on the screen that there is not.
struct Table
{
    Model model;
    QTableView view;

    explicit Table(HandLoaded &cache, int rows = Many)
    {
        model.setCache(&cache.object);
        model.setKeys(texts(0, rows));
        model.setFields(
                { QStringLiteral("key"), QStringLiteral("name"), QStringLiteral("status") });
        show(&model);
    }
    void show(QAbstractItemModel *shown)
    {
        view.setModel(shown);
        view.verticalHeader()->setDefaultSectionSize(20);
        view.verticalHeader()->setMinimumSectionSize(20);
        view.horizontalHeader()->setFixedHeight(20);
        view.setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        view.setFrameStyle(0);
        view.resize(400, 220); // ten rows
        view.show();
    }
    QStringList visible() const
    {
        const int first = view.rowAt(0);
        const int last = view.rowAt(view.viewport()->height() - 1);
        return texts(first, (last < 0 ? view.model()->rowCount() - 1 : last) + 1);
    }
};

} // namespace

class tst_PlainViews : public QObject
{
    Q_OBJECT

private slots:
    void whatIsPaintedIsLoaded();
    void aListLoadsWhatItPaints();
    void whatIsNotPaintedIsNotLoaded();
    void aStillViewKeepsItsSlowLoads();
    void whatIsScrolledAwayIsCanceled();
    void aHiddenViewLetsGo();
    void failuresAreShownAndNotRepeated();
    void whatDoesNotExistIsNotAskedForAgain();
    void moreThanFitsDoesNotLoadForEver();
    void manyAtOnceAreKeptShort();
    void proxiesLoadWhatIsPainted();
    void anEntryLoadsInstead();
    void othersMayBringIt();
    void endsMayComeAtAnyTime_data();
    void endsMayComeAtAnyTime();
};

void tst_PlainViews::whatIsPaintedIsLoaded()
{
    HandLoaded cache;
    Table table(cache);
    QSignalSpy status(&table.model, &Model::statusChanged);
    QTRY_COMPARE(sorted(cache.underWay()), sorted(table.visible()));
    const int count = cache.count;
    QVERIFY(count >= 10 && count <= 12);
    QTRY_COMPARE(table.model.status(), Model::Loading);
    QCOMPARE(table.model.index(0, 2).data(), QVariant(QStringLiteral("Loading")));
    QCOMPARE(table.model.index(0, 0).data(Model::StatusRole).toInt(), int(Model::Loading));
    QCOMPARE(table.model.index(Many - 1, 2).data(), QVariant(QStringLiteral("Null")));

    const QImage before = table.view.grab().toImage();
    cache.answerAll();
    QTRY_COMPARE(table.model.status(), Model::Ready);
    QTRY_COMPARE(status.size(), 2);
    QTRY_COMPARE(table.model.index(0, 1).data(), QVariant(QStringLiteral("name of 0")));
    QCOMPARE(table.model.index(0, 2).data(), QVariant(QStringLiteral("Ready")));
    QVERIFY(table.view.grab().toImage() != before);
    QCOMPARE(cache.count, count);
}

void tst_PlainViews::aListLoadsWhatItPaints()
{
    HandLoaded cache;
    Model model;
    model.setCache(&cache.object);
    model.setKeys(texts(0, Many));
    QListView view;
    view.setUniformItemSizes(true);
    view.setModel(&model);
    view.setModelColumn(Model::ValueColumn);
    view.resize(200, 200);
    view.show();
    QTRY_VERIFY(cache.count > 0);
    QTest::qWait(50);
    QVERIFY2(cache.count < 100, qPrintable(text(cache.count)));
    QVERIFY(cache.counts.contains(text(0)));
}

void tst_PlainViews::whatIsNotPaintedIsNotLoaded()
{
    HandLoaded cache;
    Table table(cache, 5);
    table.view.hide();
    table.model.setLoadsOnDisplay(false);
    cache.loads.clear();
    cache.count = 0;
    for (int row = 0; row < 5; ++row) {
        for (int column = 0; column < 3; ++column)
            QVERIFY(table.model.index(row, column).data().toString() != QStringLiteral("Loading"));
    }
    table.model.setLoadsOnDisplay(true);
    for (int row = 0; row < 5; ++row) {
        table.model.index(row, 0).data(); // the key
        table.model.index(row, 2).data(); // the status
        table.model.index(row, 0).data(Qt::DecorationRole);
        for (const int role : { int(Qt::EditRole), int(Qt::ToolTipRole), int(Model::ValueRole),
                                int(Model::StatusRole), Model::FieldRole + 1 })
            table.model.index(row, 1).data(role);
    }
    QTest::qWait(30);
    QCOMPARE(cache.count, 0);
    QVERIFY(!table.model.index(3, 1).data().isValid());
    QTRY_COMPARE(cache.underWay(), QStringList(text(3)));
    table.model.index(4, 1).data(Qt::DecorationRole);
    QTRY_COMPARE(cache.underWay(), QStringList({ text(3), text(4) }));

    table.model.setLoadsOnDisplay(false);
    QTRY_COMPARE(cache.underWay(), QStringList());
    QCOMPARE(table.model.status(), Model::Ready);
}

void tst_PlainViews::aStillViewKeepsItsSlowLoads()
{
    HandLoaded cache;
    Table table(cache);
    QTRY_VERIFY(cache.count >= 10);
    QTest::qWait(4500);
    QCOMPARE(cache.mostOfAKey(), 1);
    QCOMPARE(sorted(cache.underWay()), sorted(table.visible()));
    QCOMPARE(table.model.status(), Model::Loading);
    cache.answerAll();
    QTRY_COMPARE(table.model.index(0, 1).data(), QVariant(QStringLiteral("name of 0")));
}

void tst_PlainViews::whatIsScrolledAwayIsCanceled()
{
    HandLoaded cache;
    Table table(cache);
    QTRY_VERIFY(cache.count >= 10);
    for (int row = 0; row < Many; row += 10) {
        table.view.verticalScrollBar()->setValue(row);
        QCoreApplication::processEvents();
    }
    table.view.scrollToBottom();
    QVERIFY(cache.underWay().size() <= 64);
    QTRY_COMPARE_WITH_TIMEOUT(sorted(cache.underWay()), sorted(table.visible()), 2500 * Slowness);
    cache.answerAll();
    QTRY_COMPARE(table.model.status(), Model::Ready);
    QTRY_COMPARE(table.model.index(Many - 1, 2).data(), QVariant(QStringLiteral("Ready")));
}

void tst_PlainViews::aHiddenViewLetsGo()
{
    HandLoaded cache;
    Table table(cache);
    QTRY_VERIFY(cache.count >= 10);
    table.view.hide();
    QTRY_COMPARE_WITH_TIMEOUT(cache.underWay(), QStringList(), 2500 * Slowness);
    QTRY_COMPARE(table.model.status(), Model::Ready);
    table.view.show();
    QTRY_COMPARE(sorted(cache.underWay()), sorted(table.visible()));
}

// Though a view paints all the time, nothing is asked for while it rests.
static void isNotAskedFor(const HandLoaded &cache, Table &table, int count,
                          const QElapsedTimer &since, int rest)
{
    const QVariant status = table.model.index(2, 2).data();
    while (since.elapsed() < rest * 2 / 3) {
        table.view.viewport()->repaint();
        QTest::qWait(5);
        const int asked = cache.count;
        const QVariant now = table.model.index(2, 2).data();
        if (since.elapsed() >= rest) // this machine may have stood
            break;
        QCOMPARE(asked, count);
        QCOMPARE(now, status);
    }
}

void tst_PlainViews::failuresAreShownAndNotRepeated()
{
    HandLoaded cache;
    cache.object.setErrorTimeToLive(0);
    Table table(cache, 5);
    QSignalSpy failed(&cache.object, &SyncCacheObject::loadFailed);
    QTRY_COMPARE(cache.count, 5);
    QElapsedTimer since;
    since.start();
    cache.failAll();
    QTRY_COMPARE(table.model.status(), Model::Error);
    QTRY_COMPARE(failed.size(), 5);
    // What it shows is what views were told.
    QTRY_COMPARE(table.model.index(2, 2).data(), QVariant(QStringLiteral("Error")));
    QCOMPARE(table.model.index(2, 0).data(Qt::ToolTipRole), QVariant(QStringLiteral("no luck")));
    isNotAskedFor(cache, table, 5, since, 1000);

    QTRY_VERIFY((table.view.viewport()->repaint(), cache.count == 10));
    QVERIFY(!table.model.index(2, 0).data(Qt::ToolTipRole).isValid());
    since.restart();
    cache.failAll(); // and for twice as long now
    QTRY_COMPARE(failed.size(), 10);
    QTRY_COMPARE(table.model.index(2, 2).data(), QVariant(QStringLiteral("Error")));
    isNotAskedFor(cache, table, 10, since, 2000);

    cache.object.insert(text(2), 1);
    QTRY_COMPARE(table.model.index(2, 2).data(), QVariant(QStringLiteral("Ready")));
    QVERIFY(!table.model.index(2, 0).data(Qt::ToolTipRole).isValid());
    QCOMPARE(table.model.status(), Model::Error); // of others
}

void tst_PlainViews::whatDoesNotExistIsNotAskedForAgain()
{
    HandLoaded cache;
    Table table(cache, 5);
    QTRY_COMPARE(cache.count, 5);
    QElapsedTimer since;
    since.start();
    for (const auto &[key, load] : std::exchange(cache.loads, {}))
        load.finishAbsent();
    QTRY_COMPARE(table.model.index(2, 2).data(), QVariant(QStringLiteral("Null")));
    QTRY_COMPARE(table.model.status(), Model::Ready);
    isNotAskedFor(cache, table, 5, since, 1000);
}

void tst_PlainViews::moreThanFitsDoesNotLoadForEver()
{
    HandLoaded cache(3);
    Table table(cache);
    QTRY_VERIFY(cache.count >= 10);
    const QDeadlineTimer later(3500);
    while (!later.hasExpired()) {
        cache.answerAll();
        QTest::qWait(1);
    }
    // At once, and after one and two seconds, and the looks at them.
    QVERIFY2(cache.mostOfAKey() >= 2, qPrintable(text(cache.mostOfAKey())));
    QVERIFY2(cache.mostOfAKey() <= 4, qPrintable(text(cache.mostOfAKey())));
}

// A list that measures all its rows asks for them.
void tst_PlainViews::manyAtOnceAreKeptShort()
{
    HandLoaded cache;
    Model model;
    model.setCache(&cache.object);
    model.setKeys(texts(0, Many));
    for (int row = 0; row < Many; ++row)
        model.index(row, Model::ValueColumn).data();
    QTRY_VERIFY(cache.count > 0);
    QCOMPARE(cache.count, 64);
    QVERIFY(cache.counts.contains(text(Many - 1))); // asked for last
    while (!cache.loads.empty()) {
        cache.answerAll();
        QTest::qWait(1);
    }
    QVERIFY2(cache.count <= 512, qPrintable(text(cache.count)));
}

void tst_PlainViews::proxiesLoadWhatIsPainted()
{
    HandLoaded cache;
    Table table(cache);
    QSortFilterProxyModel proxy;
    proxy.setSortRole(Qt::EditRole);
    proxy.setFilterRole(Qt::EditRole);
    proxy.setFilterKeyColumn(0);
    proxy.setSourceModel(&table.model);
    proxy.sort(1); // those that are there come first
    proxy.setFilterFixedString(QStringLiteral("7"));
    QTRY_VERIFY(cache.count >= 10);
    cache.loads.clear();
    cache.counts.clear();
    cache.count = 0;
    table.show(&proxy);
    QTRY_VERIFY(cache.count >= 8);
    QTest::qWait(30);
    QVERIFY2(cache.count <= 12, qPrintable(text(cache.count)));
    for (auto it = cache.counts.cbegin(); it != cache.counts.cend(); ++it)
        QVERIFY(it.key().contains(u'7'));
    cache.answerAll();
    QTRY_COMPARE(proxy.index(0, 2).data(), QVariant(QStringLiteral("Ready")));
    table.view.setModel(nullptr);
}

// Who shows a key by its entry loads it; the row shows what that does.
void tst_PlainViews::anEntryLoadsInstead()
{
    HandLoaded cache;
    Model model;
    model.setCache(&cache.object);
    model.setKeys(texts(0, 3));
    SyncCacheEntry *const entry = cache.object.entry(text(1));
    auto receiver = std::make_unique<QObject>();
    connect(entry, &SyncCacheEntry::valueChanged, receiver.get(), [] {});
    model.index(1, 1).data();
    QTRY_COMPARE(cache.count, 1);
    QCOMPARE(model.index(1, 2).data(), QVariant(QStringLiteral("Loading")));
    cache.failAll();
    QTRY_COMPARE(model.index(1, 2).data(), QVariant(QStringLiteral("Error")));
    QCOMPARE(model.index(1, 0).data(Qt::ToolTipRole), QVariant(QStringLiteral("no luck")));
    QTest::qWait(30);
    QCOMPARE(cache.count, 1);
}

void tst_PlainViews::othersMayBringIt()
{
    HandLoaded cache;
    Table table(cache, 5);
    QTRY_COMPARE(cache.count, 5);
    for (int i = 0; i < 5; ++i)
        cache.object.insert(text(i), QVariantMap { { QStringLiteral("name"), i } });
    QTRY_COMPARE(table.model.status(), Model::Ready);
    QTRY_COMPARE(table.model.index(4, 1).data(), QVariant(4));
    QTRY_COMPARE(table.model.index(4, 2).data(), QVariant(QStringLiteral("Ready")));

    cache.answerAll();
    QCoreApplication::processEvents();
    QCOMPARE(table.model.index(4, 1).data(), QVariant(4)); // who writes is right
    cache.object.remove(text(4)); // shown, and not there: as when it was scrolled to
    QTRY_COMPARE(cache.counts.value(text(4)), 2);
}

void tst_PlainViews::endsMayComeAtAnyTime_data()
{
    QTest::addColumn<int>("what");
    QTest::newRow("cache") << 0;
    QTest::newRow("model") << 1;
    QTest::newRow("another cache") << 2;
    QTest::newRow("no keys") << 3;
    QTest::newRow("model in loadFailed()") << 4;
    QTest::newRow("cache in loadFailed()") << 5;
    QTest::newRow("cache in statusChanged()") << 6;
    QTest::newRow("model in statusChanged()") << 7;
}

void tst_PlainViews::endsMayComeAtAnyTime()
{
    QFETCH(const int, what);
    auto cache = std::make_unique<HandLoaded>();
    HandLoaded other;
    auto table = std::make_unique<Table>(*cache, 5);
    SyncCacheObject *const object = &cache->object;
    QTRY_COMPARE(cache->count, 5);
    QTRY_COMPARE(table->model.status(), Model::Loading);
    Table *const raw = table.get();
    switch (what) {
    case 0:
        cache.reset();
        QCOMPARE(table->model.status(), Model::Null);
        break;
    case 1:
        table.reset();
        QTRY_COMPARE(cache->underWay(), QStringList());
        break;
    case 2:
        table->model.setCache(&other.object);
        QTRY_COMPARE(cache->underWay(), QStringList());
        QTRY_COMPARE(other.count, 5);
        break;
    case 3:
        table->model.setKeys({});
        QCOMPARE(table->model.status(), Model::Ready);
        QTRY_COMPARE_WITH_TIMEOUT(cache->underWay(), QStringList(), 2500 * Slowness);
        break;
    case 4:
        connect(object, &SyncCacheObject::loadFailed, this, [&] { table.reset(); });
        cache->failAll();
        QTRY_VERIFY(!table);
        break;
    case 5:
        connect(object, &SyncCacheObject::loadFailed, &raw->model,
                [&] { raw->model.setCache(nullptr); });
        cache->failAll();
        QTRY_VERIFY(!table->model.cache());
        break;
    case 6:
        connect(&table->model, &Model::statusChanged, this, [&] { cache.reset(); });
        cache->answerAll();
        QTRY_VERIFY(!cache);
        QCOMPARE(table->model.status(), Model::Null);
        break;
    case 7:
        connect(&table->model, &Model::statusChanged, this, [&] { table.reset(); });
        cache->answerAll();
        QTRY_VERIFY(!table);
        break;
    }
    QCoreApplication::processEvents();
    if (cache)
        cache->answerAll();
    QTest::qWait(10);
}

QTEST_MAIN(tst_PlainViews)
#include "tst_plainviews.moc"
