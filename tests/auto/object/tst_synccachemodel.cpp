// SPDX-License-Identifier: MIT

#include "comestorest.h"
#include "modelwatch.h"

#include <SyncMap/SyncCacheEntry>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qpointer.h>
#include <QtCore/qrandom.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qset.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <seed.h>

#include <algorithm>
#include <map>
#include <thread>

using Entry = SyncCacheEntry;
using Load = SyncCacheLoadContext<QVariant>;

using WantedChange = std::function<void(SyncCacheModel &, SyncCacheObject &)>;
Q_DECLARE_METATYPE(WantedChange)

namespace {

quint64 theSeed = 0;

QVariant shown(const Model &model, const QString &key, int role = Model::ValueRole)
{
    return model.index(int(keysOf(model).indexOf(key)), 0).data(role);
}

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
        object.cache()->setLoader(&context, [this](const QString &key, Load load) {
            ++count;
            loads.insert_or_assign(key, std::move(load));
        });
    }
    void waitFor(const QString &key) { QTRY_VERIFY(loads.count(key) != 0); }
    Load take(const QString &key) { return loads.extract(key).mapped(); }
};

// What uses the entry of a row, as a delegate does.
class Delegate
{
public:
    Delegate(const Model &model, const QString &key)
        : entry(shown(model, key, Model::EntryRole).value<Entry *>())
    {
        for (const auto signal : { &Entry::valueChanged, &Entry::statusChanged })
            QObject::connect(entry, signal, m_receiver.get(), [] {});
    }

    QPointer<Entry> entry;

private:
    std::unique_ptr<QObject> m_receiver = std::make_unique<QObject>();
};

void settle(SyncCacheObject &object)
{
    object.flush();
    QCoreApplication::processEvents();
    object.flush();
}

} // namespace

class tst_SyncCacheModel : public QObject
{
    Q_OBJECT

private slots:
    void withoutCacheItIsEmptyAndNull();
    void hasThreeColumnsAndFourRoles();
    void rowsComeChangeAndGoInOneBatch();
    void rowsThatLieApartAreToldApart();
    void changesOfManyRangesKeepPersistentIndexes_data();
    void changesOfManyRangesKeepPersistentIndexes();
    void orderIsThatOfInsertion();
    void signalsTellWhatRandomWritesDid_data();
    void signalsTellWhatRandomWritesDid();
    void writersOnTwoThreadsBesideAScrollingView_data();
    void writersOnTwoThreadsBesideAScrollingView();
    void persistentIndexesStayWithTheirKeys();
    void settingDataInserts();
    void keysAreRowsWhetherPresentOrNot();
    void emptyListOfKeysHasNoRows();
    void movingKeysMovesRows();
    void newKeysMoveInsertAndRemove();
    void keysThatComeTwiceAreOneRow();
    void emptyKeyIsARow();
    void prefixChoosesRows();
    void sortingMovesRows();
    void textsThatTwoKeysShareAreOneRow();
    void evictedRowsGo();
    void evictedRowInUseStays();
    void visibleRowsBeyondTheBoundStayAndDoNotLoadForEver();
    void clearLeavesNoRows();
    void anyChangeIsLookedFor();
    void mapMayEndFirst();
    void cacheMayEndWhileItIsSet();
    void emptyKeyHasAnEntry();
    void destroyedCacheLeavesNoRows();
    void otherCacheResets();
    void renamedCacheResets();
    void othersShowWhatARenameShows();
    void valuesLoadNothingAndEntriesDo();
    void rowsThatAreScrolledAwayAreLetGo();
    void failedLoadIsAnError();
    void cachesAndKeysMaySwapDuringALoad();
    void writesThroughEntriesShow();
    void placeholderIsTheValueOfWhatIsAbsent();
    void slotMayChangeWhatIsWanted_data();
    void slotMayChangeWhatIsWanted();
    void slotMayEndModelAndCache_data();
    void slotMayEndModelAndCache();
    void modelMayEndAnother();
    void eventLoopInASlotFallsNotBehind();
    void slotMayFlushWithoutEnd();
};

void tst_SyncCacheModel::withoutCacheItIsEmptyAndNull()
{
    Watched watched;
    QCOMPARE(watched.model.rowCount(), 0);
    QCOMPARE(watched.model.columnCount(), 3);
    QCOMPARE(watched.model.status(), Model::Null);
    watched.model.setKeys(texts(0, 3));
    watched.model.setSorted(true);
    QCOMPARE(watched.model.rowCount(), 0);
    QVERIFY(!watched.model.canFetchMore({}));
    QVERIFY(!watched.model.data({}).isValid());
    QVERIFY(!watched.model.setData({}, 1, Model::ValueRole));
    SyncCacheObject object;
    watched.model.setCache(&object);
    QCOMPARE(watched.model.rowCount(), 3);
    QCOMPARE(watched.model.status(), Model::Ready);
    watched.model.setCache(nullptr);
    QCOMPARE(watched.model.rowCount(), 0);
    QCOMPARE(watched.model.status(), Model::Null);
}

void tst_SyncCacheModel::hasThreeColumnsAndFourRoles()
{
    Wrapped<IntMap> cache;
    cache.map->insert(7, 1.5);
    Watched watched(cache.object.get());
    const Model &model = watched.model;
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, 0).data(), QVariant(QStringLiteral("7")));
    QCOMPARE(model.index(0, 1).data(), QVariant(1.5));
    QCOMPARE(model.index(0, 1).data(Qt::EditRole), QVariant(1.5));
    QCOMPARE(model.index(0, 2).data(), QVariant(QStringLiteral("Ready")));
    const QStringList headers { QStringLiteral("Key"), QStringLiteral("Value"),
                                QStringLiteral("Status") };
    for (int column = 0; column < 3; ++column) {
        QCOMPARE(model.headerData(column, Qt::Horizontal).toString(), headers.at(column));
        const QModelIndex index = model.index(0, column);
        QCOMPARE(bool(index.flags() & Qt::ItemIsEditable), column == 1);
        QCOMPARE(index.data(Model::KeyRole), QVariant(QStringLiteral("7")));
        QCOMPARE(index.data(Model::ValueRole), QVariant(1.5));
        QCOMPARE(index.data(Model::StatusRole), QVariant(int(Model::Ready)));
        QCOMPARE(index.data(Model::EntryRole).value<Entry *>(),
                 cache.object->entry(QStringLiteral("7")));
        QVERIFY(!index.data(Qt::DecorationRole).isValid());
    }
    const auto names = model.roleNames();
    QCOMPARE(names.value(Model::KeyRole), QByteArray("key"));
    QCOMPARE(names.value(Model::ValueRole), QByteArray("value"));
    QCOMPARE(names.value(Model::EntryRole), QByteArray("entry"));
    QCOMPARE(names.value(Model::StatusRole), QByteArray("status"));
    QCOMPARE(names.value(Qt::DisplayRole), QByteArray("display"));
}

void tst_SyncCacheModel::rowsComeChangeAndGoInOneBatch()
{
    Wrapped<StringMap> cache;
    Watched watched(cache.object.get());
    Mirror &mirror = watched.mirror;
    QSignalSpy counts(&watched.model, &Model::countChanged);
    QSignalSpy changes(&watched.model, &Model::dataChanged);
    for (int i = 0; i < 100; ++i)
        cache.map->insert(text(i), i);
    QCOMPARE(watched.model.rowCount(), 0); // not before the flush
    cache.object->flush();
    QCOMPARE(mirror.inserts, 1);
    QCOMPARE(watched.model.count(), 100);
    QCOMPARE(counts.size(), 1);
    QCOMPARE(mirror.changes, 0);

    for (int i = 0; i < 100; ++i)
        cache.map->insert(text(i), -i);
    cache.object->flush();
    QCOMPARE(mirror.changes, 1);
    const QList<int> roles { Qt::DisplayRole, Qt::EditRole,     Qt::DecorationRole,
                             Qt::ToolTipRole, Model::ValueRole, Model::StatusRole };
    QCOMPARE(changes.first().at(2).value<QList<int>>(), roles);
    QVERIFY(mirror.isRight());

    // All at once.
    cache.map->insert(text(200), 1);
    cache.map->insert(text(5), 1);
    cache.map->remove(text(6));
    cache.object->flush();
    QCOMPARE(mirror.inserts, 2);
    QCOMPARE(mirror.changes, 2);
    QCOMPARE(mirror.removals, 1);
    QVERIFY(mirror.isRight());

    const QStringList all = keysOf(watched.model);
    for (const QString &key : all)
        cache.map->remove(key);
    cache.object->flush();
    QCOMPARE(mirror.removals, 2);
    QCOMPARE(watched.model.count(), 0);
    QCOMPARE(counts.size(), 2); // one came, and one went: no other count in between
    QCOMPARE(mirror.resets, 0);
    cache.object->flush();
    QCOMPARE(mirror.inserts, 2);
}

void tst_SyncCacheModel::rowsThatLieApartAreToldApart()
{
    Wrapped<StringMap> cache;
    Watched watched(cache.object.get());
    watched.model.setSorted(true);
    for (int i = 100; i < 200; ++i)
        cache.map->insert(text(i), i);
    cache.object->flush();
    watched.mirror.forget();
    for (const int i : { 110, 111, 112, 150, 151, 199 })
        cache.map->insert(text(i), -i);
    cache.object->flush();
    QCOMPARE(watched.mirror.changes, 3);
    for (const int i : { 110, 111, 112, 150, 151, 199 })
        cache.map->remove(text(i));
    cache.object->flush();
    QCOMPARE(watched.mirror.removals, 3);
    for (const int i : { 110, 111, 112, 150, 151, 199 })
        cache.map->insert(text(i), i);
    cache.object->flush();
    QCOMPARE(watched.mirror.inserts, 3);
    QCOMPARE(watched.mirror.resets + watched.mirror.layouts, 0);
    QVERIFY(watched.mirror.isRight());
    QCOMPARE(keysOf(watched.model), texts(100, 200));
}

void tst_SyncCacheModel::changesOfManyRangesKeepPersistentIndexes_data()
{
    QTest::addColumn<bool>("isSorted");
    QTest::newRow("insertion") << false;
    QTest::newRow("sorted") << true;
}

void tst_SyncCacheModel::changesOfManyRangesKeepPersistentIndexes()
{
    QFETCH(const bool, isSorted);
    constexpr int Count = 10'000;
    Wrapped<IntMap> cache;
    for (int i = 0; i < Count; ++i)
        cache.map->insert(i, i);
    Model model;
    model.setSorted(isSorted);
    model.setCache(cache.object.get());
    cache.object->flush(); // takes in the rest
    Mirror mirror(&model);
    std::map<QString, QPersistentModelIndex> persistent;
    for (int row = 0; row < Count; row += 7)
        persistent[model.index(row, 1).data(Model::KeyRole).toString()] = model.index(row, 1);
    for (int row = 0; row < Count; row += 2)
        cache.map->remove(model.index(row, 0).data().toInt());
    cache.object->flush();
    QCOMPARE(model.rowCount(), Count / 2);
    QVERIFY(mirror.isRight());
    QCOMPARE(mirror.resets, 0);
    QVERIFY(mirror.removals < 10);
    for (int i = 0; i < Count; ++i)
        cache.map->insert(i, -i);
    cache.object->flush();
    QCOMPARE(model.rowCount(), Count);
    QVERIFY(mirror.isRight());
    QCOMPARE(mirror.resets, 0);
    QVERIFY(mirror.inserts < 10);
    if (isSorted)
        QCOMPARE(keysOf(model), sorted(texts(0, Count)));
    int alive = 0;
    for (const auto &[key, index] : persistent) {
        if (index.isValid()) {
            ++alive;
            QCOMPARE(index.data(Model::KeyRole).toString(), key);
        }
    }
    QVERIFY(alive > 500);
}

void tst_SyncCacheModel::orderIsThatOfInsertion()
{
    Wrapped<StringMap> cache;
    Watched watched(cache.object.get());
    QStringList order;
    for (const int i : { 5, 3, 9, 1, 7 }) {
        cache.map->insert(text(i), i);
        cache.object->flush();
        order.append(text(i));
    }
    QCOMPARE(keysOf(watched.model), order);
    cache.map->insert(text(3), 0); // is not new
    cache.object->flush();
    QCOMPARE(keysOf(watched.model), order);
    cache.map->remove(text(3));
    cache.object->flush();
    cache.map->insert(text(3), 0); // is
    cache.object->flush();
    order.removeOne(text(3));
    order.append(text(3));
    QCOMPARE(keysOf(watched.model), order);
}

void tst_SyncCacheModel::signalsTellWhatRandomWritesDid_data()
{
    QTest::addColumn<bool>("isSorted");
    QTest::addColumn<QString>("prefix");
    QTest::addColumn<bool>("hasKeys");
    QTest::newRow("insertion") << false << QString() << false;
    QTest::newRow("sorted") << true << QString() << false;
    QTest::newRow("prefix") << false << text(1) << false;
    QTest::newRow("sorted prefix") << true << text(1) << false;
    QTest::newRow("keys") << false << QString() << true;
}

void tst_SyncCacheModel::signalsTellWhatRandomWritesDid()
{
    QFETCH(const bool, isSorted);
    QFETCH(const QString, prefix);
    QFETCH(const bool, hasKeys);
    QRandomGenerator random(quint32(theSeed ^ (theSeed >> 32)));
    Wrapped<IntMap> cache;
    for (int i = 0; i < 50; ++i)
        cache.map->insert(i * 5, i);
    Watched watched(cache.object.get());
    watched.model.setSorted(isSorted);
    watched.model.setKeyPrefix(prefix);
    if (hasKeys)
        watched.model.setKeys(texts(40, 90));
    watched.mirror.forget();
    for (int round = 0; round < 200 / Slowness; ++round) {
        for (int writes = random.bounded(60); writes > 0; --writes) {
            const int key = random.bounded(300);
            switch (random.bounded(3)) {
            case 0:
                cache.map->remove(key);
                break;
            default:
                cache.map->insert(key, random.bounded(1'000'000));
            }
        }
        if (random.bounded(40) == 0)
            cache.map->clear();
        cache.object->flush();
        QVERIFY(watched.mirror.isRight());
        QStringList expected;
        cache.map->forEach([&](int key, double) {
            if (text(key).startsWith(prefix))
                expected.append(text(key));
        });
        if (hasKeys)
            QCOMPARE(keysOf(watched.model), texts(40, 90));
        else if (isSorted)
            QCOMPARE(keysOf(watched.model), sorted(expected));
        else
            QCOMPARE(sorted(keysOf(watched.model)), sorted(expected));
        for (const Mirror::Row &row : std::as_const(watched.mirror.rows)) {
            const auto value = cache.map->find(row.key.toInt());
            QCOMPARE(row.value, value ? QVariant(*value) : QVariant());
            QCOMPARE(row.status, int(value ? Model::Ready : Model::Null));
        }
    }
    QCOMPARE(watched.mirror.resets, 0);
}

void tst_SyncCacheModel::writersOnTwoThreadsBesideAScrollingView_data()
{
    QTest::addColumn<bool>("isSorted");
    QTest::newRow("insertion") << false;
    QTest::newRow("sorted") << true;
}

void tst_SyncCacheModel::writersOnTwoThreadsBesideAScrollingView()
{
    QFETCH(const bool, isSorted);
    constexpr int Keys = 400;
    const auto map = std::make_shared<StringMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    object->setNotifyInterval(1);
    Watched watched(object.get());
    watched.model.setSorted(isSorted);
    watched.mirror.forget();
    std::atomic<int> writing { 2 };
    std::vector<std::thread> writers;
    for (int w = 0; w < 2; ++w) {
        writers.emplace_back([&, w] {
            QRandomGenerator random(quint32(theSeed) + quint32(w));
            for (int i = 0; i < 60'000 / Slowness; ++i) {
                const QString key = text(random.bounded(Keys));
                if (random.bounded(3) == 0)
                    map->remove(key);
                else
                    map->insert(key, i);
                if (i % 5'000 == 0)
                    map->clear();
                if (i % 64 == 0)
                    std::this_thread::yield();
            }
            --writing;
        });
    }
    QRandomGenerator random(quint32(theSeed) + 2);
    std::vector<std::unique_ptr<Delegate>> visible;
    while (writing != 0) {
        QCoreApplication::processEvents();
        if (watched.model.canFetchMore({}))
            watched.model.fetchMore({});
        if (watched.model.rowCount() > 0) {
            const int row = random.bounded(watched.model.rowCount());
            visible.push_back(std::make_unique<Delegate>(
                    watched.model, watched.model.index(row, 0).data().toString()));
        }
        if (visible.size() > 20)
            visible.erase(visible.begin(), visible.begin() + 10);
    }
    for (std::thread &writer : writers)
        writer.join();
    visible.clear();
    settle(*object);
    QVERIFY(watched.mirror.isRight());
    QCOMPARE(sorted(keysOf(watched.model)), sorted(object->keys()));
    if (isSorted)
        QCOMPARE(keysOf(watched.model), sorted(object->keys()));
    for (const Mirror::Row &row : std::as_const(watched.mirror.rows))
        QCOMPARE(row.value, QVariant(map->value(row.key)));
    QCOMPARE(watched.mirror.resets, 0);
}

void tst_SyncCacheModel::persistentIndexesStayWithTheirKeys()
{
    Wrapped<StringMap> cache;
    for (int i = 100; i < 200; ++i)
        cache.map->insert(text(i), i);
    Watched watched(cache.object.get());
    watched.model.setSorted(true);
    const QPersistentModelIndex above(watched.model.index(20, 1));
    const QPersistentModelIndex below(watched.model.index(80, 2));
    const auto stay = [&] {
        return above.data(Model::KeyRole) == text(120) && below.data(Model::KeyRole) == text(180)
                && above.column() == 1 && below.column() == 2;
    };
    QVERIFY(stay());
    for (int i = 0; i < 50; ++i)
        cache.map->insert(text(1000 + i), i); // above both
    cache.map->remove(text(150)); // between them
    cache.object->flush();
    QVERIFY(stay());
    QCOMPARE(above.row(), 70);
    QCOMPARE(below.row(), 129);
    watched.model.setKeys({ text(180), text(5), text(120), text(110) });
    QVERIFY(stay());
    QCOMPARE(below.row(), 0);
    QCOMPARE(above.row(), 2);
    watched.model.resetKeys();
    QVERIFY(stay());
    cache.map->remove(text(120));
    cache.object->flush();
    QVERIFY(!above.isValid());
    QVERIFY(below.isValid());
}

void tst_SyncCacheModel::settingDataInserts()
{
    Wrapped<StringMap> cache;
    cache.map->insert(text(1), 1);
    Watched watched(cache.object.get());
    Model &model = watched.model;
    QVERIFY(model.setData(model.index(0, 1), 2));
    QCOMPARE(cache.map->value(text(1)), 2);
    QCOMPARE(watched.mirror.changes, 1); // at once
    QVERIFY(watched.mirror.isRight());
    QVERIFY(model.setData(model.index(0, 0), QStringLiteral("3"), Model::ValueRole));
    QCOMPARE(cache.map->value(text(1)), 3);
    QVERIFY(!model.setData(model.index(0, 0), 4));
    QVERIFY(!model.setData(model.index(0, 2), 4));
    QVERIFY(!model.setData(model.index(0, 1), 4, Qt::DisplayRole));
    QTest::ignoreMessage(QtWarningMsg, "\"1\" is not inserted: a QString is no int");
    QVERIFY(!model.setData(model.index(0, 1), QStringLiteral("many")));
    QTest::ignoreMessage(QtWarningMsg, "\"1\" is not inserted: undefined is no value");
    QVERIFY(!model.setData(model.index(0, 1), QVariant()));
    QCOMPARE(cache.map->value(text(1)), 3);
    const Delegate delegate(model, text(1));
    QVERIFY(model.setData(model.index(0, 1), 5)); // shows in what is used at once, too
    QCOMPARE(model.index(0, 1).data(), QVariant(5));
    QCOMPARE(delegate.entry->value(), QVariant(5));
    model.setKeys({ text(1), text(2) });
    QVERIFY(model.setData(model.index(1, 1), 6)); // a row that was absent
    QCOMPARE(cache.map->value(text(2)), 6);
    QVERIFY(watched.mirror.isRight());
    cache.object->flush();
    QVERIFY(watched.mirror.isRight());
}

void tst_SyncCacheModel::keysAreRowsWhetherPresentOrNot()
{
    Wrapped<StringMap> cache;
    cache.map->insert(text(1), 1);
    Watched watched;
    watched.model.setKeys({ text(2), text(1), text(3) });
    watched.model.setCache(cache.object.get());
    watched.mirror.forget();
    QCOMPARE(keysOf(watched.model), QStringList({ text(2), text(1), text(3) }));
    QCOMPARE(shown(watched.model, text(1)), QVariant(1));
    QCOMPARE(shown(watched.model, text(2)), QVariant());
    QCOMPARE(shown(watched.model, text(2), Model::StatusRole), QVariant(int(Model::Null)));
    cache.map->insert(text(2), 2);
    cache.map->remove(text(1));
    cache.map->insert(text(9), 9); // none of them
    cache.object->flush();
    QVERIFY(watched.mirror.isRight());
    QCOMPARE(watched.model.count(), 3);
    QCOMPARE(shown(watched.model, text(2)), QVariant(2));
    QCOMPARE(shown(watched.model, text(1), Model::StatusRole), QVariant(int(Model::Null)));
    cache.map->clear();
    cache.object->flush();
    QVERIFY(watched.mirror.isRight());
    QCOMPARE(shown(watched.model, text(2)), QVariant());
    QCOMPARE(watched.mirror.resets + watched.mirror.inserts + watched.mirror.removals, 0);
}

void tst_SyncCacheModel::emptyListOfKeysHasNoRows()
{
    Wrapped<StringMap> cache;
    cache.map->insert(text(1), 1);
    Watched watched(cache.object.get());
    QSignalSpy changed(&watched.model, &Model::keysChanged);
    watched.model.setKeys({});
    QCOMPARE(watched.model.count(), 0);
    QCOMPARE(changed.size(), 1);
    cache.map->insert(text(2), 1);
    cache.object->flush();
    QCOMPARE(watched.model.count(), 0);
    watched.model.resetKeys();
    QCOMPARE(watched.model.count(), 2);
    QCOMPARE(changed.size(), 2);
    watched.model.resetKeys();
    QCOMPARE(changed.size(), 2);
    QCOMPARE(watched.mirror.resets, 0);
}

void tst_SyncCacheModel::movingKeysMovesRows()
{
    SyncCacheObject object;
    Watched watched(&object);
    Mirror &mirror = watched.mirror;
    QStringList keys = texts(0, 50);
    watched.model.setKeys(keys);
    QCOMPARE(mirror.inserts, 1);
    keys.move(49, 0);
    watched.model.setKeys(keys);
    QCOMPARE(keysOf(watched.model), keys);
    QCOMPARE(mirror.moves, 1);
    keys.move(0, 30); // down
    watched.model.setKeys(keys);
    QCOMPARE(keysOf(watched.model), keys);
    QCOMPARE(mirror.moves, 2);
    const QStringList block = keys.mid(10, 10);
    keys = keys.mid(0, 10) + keys.mid(20) + block; // together
    watched.model.setKeys(keys);
    QCOMPARE(keysOf(watched.model), keys);
    QCOMPARE(mirror.moves, 3);
    keys.swapItemsAt(3, 40);
    watched.model.setKeys(keys);
    QCOMPARE(keysOf(watched.model), keys);
    QVERIFY(mirror.moves <= 5);
    QCOMPARE(mirror.resets + mirror.layouts + mirror.removals, 0);
    QCOMPARE(mirror.inserts, 1);
    QVERIFY(mirror.isRight());
}

void tst_SyncCacheModel::newKeysMoveInsertAndRemove()
{
    QRandomGenerator random(quint32(theSeed ^ (theSeed >> 32)));
    SyncCacheObject object;
    Watched watched(&object);
    for (int round = 0; round < 100 / Slowness; ++round) {
        const bool isLarge = round % 20 == 0; // more moves than are worth telling
        QStringList keys = isLarge ? texts(0, 400) : keysOf(watched.model);
        if (isLarge)
            std::shuffle(keys.begin(), keys.end(), random);
        for (int changes = random.bounded(10); changes > 0; --changes) {
            if (random.bounded(3) == 0 && !keys.isEmpty())
                keys.removeAt(random.bounded(int(keys.size())));
            else if (random.bounded(2) == 0 && !keys.isEmpty())
                keys.move(random.bounded(int(keys.size())), random.bounded(int(keys.size())));
            else if (const QString key = text(random.bounded(1'000)); !keys.contains(key))
                keys.insert(random.bounded(int(keys.size()) + 1), key);
        }
        watched.model.setKeys(keys);
        QCOMPARE(keysOf(watched.model), keys);
        QVERIFY(watched.mirror.isRight());
    }
    QCOMPARE(watched.mirror.resets, 0);
    QVERIFY(watched.mirror.layouts <= 5);
}

void tst_SyncCacheModel::keysThatComeTwiceAreOneRow()
{
    SyncCacheObject object;
    Watched watched(&object);
    QTest::ignoreMessage(QtWarningMsg, "there are keys that come more than once: the first counts");
    const QStringList keys { text(1), text(2), text(1), text(2), text(3) };
    watched.model.setKeys(keys);
    QCOMPARE(keysOf(watched.model), texts(1, 4));
    QCOMPARE(watched.model.keys(), keys);
    watched.model.setKeys(keys); // the same: no second warning
}

void tst_SyncCacheModel::emptyKeyIsARow()
{
    Wrapped<StringMap> cache;
    cache.map->insert(QString(), 1);
    Watched watched(cache.object.get());
    QCOMPARE(watched.model.count(), 1);
    QCOMPARE(watched.model.index(0, 1).data(), QVariant(1));
    cache.map->insert(QStringLiteral(""), 2); // the same
    cache.object->flush();
    QCOMPARE(watched.model.count(), 1);
    QCOMPARE(watched.model.index(0, 1).data(), QVariant(2));
    watched.model.setKeys({ QString() });
    QCOMPARE(watched.model.count(), 1);
    QVERIFY(watched.mirror.isRight());
    cache.map->remove(QString());
    watched.model.resetKeys();
    QCOMPARE(watched.model.count(), 0);
}

void tst_SyncCacheModel::prefixChoosesRows()
{
    Wrapped<StringMap> cache;
    for (int i = 0; i < 200; ++i)
        cache.map->insert(text(i), i);
    Watched watched(cache.object.get());
    const QPersistentModelIndex index(
            watched.model.index(int(keysOf(watched.model).indexOf(text(11))), 0));
    watched.model.setKeyPrefix(text(1));
    QCOMPARE(watched.model.count(), 111);
    watched.model.setKeyPrefix(text(11));
    QCOMPARE(watched.model.count(), 11);
    QCOMPARE(index.data(), QVariant(text(11)));
    cache.map->insert(text(1111), 1);
    cache.map->insert(text(2222), 1);
    cache.object->flush();
    QCOMPARE(watched.model.count(), 12);
    watched.model.setKeyPrefix(QStringLiteral("no such"));
    QCOMPARE(watched.model.count(), 0);
    watched.model.setKeyPrefix({});
    QCOMPARE(watched.model.count(), 202);
    QCOMPARE(watched.mirror.resets, 0);
    QVERIFY(watched.mirror.isRight());
}

void tst_SyncCacheModel::sortingMovesRows()
{
    Wrapped<StringMap> cache;
    for (int i = 0; i < 300; ++i)
        cache.map->insert(text(i), i);
    Watched watched(cache.object.get());
    watched.model.setSorted(true);
    QCOMPARE(keysOf(watched.model), sorted(texts(0, 300)));
    QVERIFY(watched.mirror.isRight());
    QCOMPARE(watched.mirror.resets + watched.mirror.removals + watched.mirror.inserts, 0);
    cache.map->insert(text(300), 1);
    cache.object->flush();
    QCOMPARE(keysOf(watched.model), sorted(texts(0, 301)));
    watched.model.setSorted(false);
    QCOMPARE(keysOf(watched.model), sorted(texts(0, 301))); // as they are
    cache.map->insert(QStringLiteral("00"), 1);
    cache.object->flush();
    QCOMPARE(keysOf(watched.model).last(), QStringLiteral("00"));
    watched.mirror.forget();
    watched.model.setSorted(true);
    QCOMPARE(watched.mirror.moves, 1);
    QCOMPARE(keysOf(watched.model).at(1), QStringLiteral("00"));
    // Keys have the order that they are given.
    watched.model.setKeys({ text(3), text(1), text(2) });
    QCOMPARE(keysOf(watched.model), QStringList({ text(3), text(1), text(2) }));
    watched.model.resetKeys();
    QCOMPARE(keysOf(watched.model), sorted(texts(0, 301) + QStringList { QStringLiteral("00") }));
    QVERIFY(watched.mirror.isRight());
}

// Bytes that are no UTF-8 are all shown as the same character.
void tst_SyncCacheModel::textsThatTwoKeysShareAreOneRow()
{
    const auto map = std::make_shared<SyncMap<QByteArray, int>>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    map->insert("\xff", 1);
    map->insert("\xfe", 2);
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(QStringLiteral("does not lead back to it")));
    Watched watched(object.get());
    QCOMPARE(watched.model.count(), 1);
    map->insert("\xfd", 1);
    map->insert("a", 1);
    map->insert("b\xff", 1);
    map->insert("b\xfe", 2);
    object->flush();
    QVERIFY(watched.mirror.isRight());
    QVERIFY(keysOf(watched.model).contains(QStringLiteral("a")));
}

void tst_SyncCacheModel::evictedRowsGo()
{
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    object.setMaxCost(10);
    Watched watched(&object);
    for (int i = 0; i < 30; ++i)
        object.insert(text(i), i);
    object.flush();
    QCOMPARE(watched.model.count(), 10);
    QCOMPARE(sorted(keysOf(watched.model)), sorted(object.keys()));
    object.cache()->trim(SyncCacheTrimLevel::Complete);
    object.flush();
    QCOMPARE(watched.model.count(), 0);
    QCOMPARE(watched.mirror.resets, 0);
}

void tst_SyncCacheModel::evictedRowInUseStays()
{
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    for (int i = 0; i < 10; ++i)
        object.insert(text(i), i);
    Watched watched(&object);
    const Model &model = watched.model;
    auto delegate = std::make_unique<Delegate>(model, text(3));
    auto other = std::make_unique<Delegate>(model, text(4));
    const QVariant notUsed = shown(model, text(5), Model::EntryRole);
    object.cache()->trim(SyncCacheTrimLevel::Complete);
    object.flush();
    QCOMPARE(sorted(keysOf(model)), texts(3, 5));
    QCOMPARE(shown(model, text(3)), QVariant(3));
    QCOMPARE(shown(model, text(3), Model::StatusRole), QVariant(int(Model::Ready)));
    QVERIFY(watched.mirror.isRight());
    delegate.reset();
    object.flush(); // lets go of its entry
    QTRY_COMPARE(keysOf(model), QStringList { text(4) });
    object.cache()->invalidateAll(); // any may have changed: what is in use still stays
    object.flush();
    QCOMPARE(keysOf(model), QStringList { text(4) });
    object.clear();
    object.flush();
    QCOMPARE(model.count(), 0);
    QVERIFY(watched.mirror.isRight());
}

void tst_SyncCacheModel::visibleRowsBeyondTheBoundStayAndDoNotLoadForEver()
{
    constexpr int Visible = 20;
    QElapsedTimer timer;
    timer.start();
    SyncCacheObject object;
    object.setMaxCost(5);
    object.setNotifyInterval(0);
    const auto loads = std::make_shared<std::atomic<int>>(0); // a loader may outlive the object
    object.cache()->setLoader([loads](const QString &key) {
        ++*loads;
        return QVariant(key);
    });
    Watched watched(&object);
    watched.model.setKeys(texts(0, Visible));
    std::vector<std::unique_ptr<Delegate>> delegates;
    for (int i = 0; i < Visible; ++i)
        delegates.push_back(std::make_unique<Delegate>(watched.model, text(i)));
    QCOMPARE(watched.model.status(), Model::Loading);
    QTRY_COMPARE(watched.model.status(), Model::Ready);
    QVERIFY(comesToRest(object, *loads));
    // Each once, and once at once when it had been evicted; then after one second, after two more, ...
    const double seconds = double(timer.elapsed()) / 1000;
    QVERIFY(*loads <= int((2 + std::log2(1 + seconds)) * Visible));
    QVERIFY(watched.mirror.isRight());
    for (const Mirror::Row &row : std::as_const(watched.mirror.rows)) {
        QCOMPARE(row.value, QVariant(row.key));
        QCOMPARE(row.status, int(Model::Ready));
    }
    // All keys: visible ones stay, too.
    watched.model.resetKeys();
    QCOMPARE(watched.model.count(), Visible);
    delegates.clear();
    QTRY_COMPARE(watched.model.count(), 5);
}

void tst_SyncCacheModel::clearLeavesNoRows()
{
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    for (int i = 0; i < 100; ++i)
        object.insert(text(i), i);
    Watched watched(&object);
    const Delegate delegate(watched.model, text(5));
    object.clear();
    object.insert(text(7), 1);
    object.insert(text(200), 1);
    object.flush();
    QCOMPARE(sorted(keysOf(watched.model)), QStringList({ text(200), text(7) }));
    QVERIFY(watched.mirror.isRight());
    QCOMPARE(watched.mirror.resets, 0);
}

void tst_SyncCacheModel::anyChangeIsLookedFor()
{
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    for (int i = 0; i < 10; ++i)
        object.insert(text(i), i);
    Watched watched(&object);
    object.flush();
    watched.mirror.forget();
    object.cache()->invalidateAll();
    object.flush();
    QCOMPARE(watched.mirror.changes, 1);
    QCOMPARE(watched.mirror.inserts + watched.mirror.removals + watched.mirror.resets, 0);
    watched.model.setKeys(texts(5, 15));
    watched.mirror.forget();
    object.cache()->invalidateAll();
    object.flush();
    QCOMPARE(watched.mirror.changes, 1);
}

// Also if it is a null text, as QML's "" is.
void tst_SyncCacheModel::emptyKeyHasAnEntry()
{
    SyncCacheObject object;
    object.insert(QString(), 5);
    Watched watched(&object);
    watched.model.setKeys({ QString() });
    const auto *const entry =
            watched.model.index(0, 0).data(Model::EntryRole).value<SyncCacheEntry *>();
    QVERIFY(entry);
    QCOMPARE(entry->value(), QVariant(5));
}

void tst_SyncCacheModel::cacheMayEndWhileItIsSet()
{
    Wrapped<StringMap> cache;
    cache.map->insert(text(1), 1);
    auto next = std::make_unique<SyncCacheObject>();
    Model model;
    model.setCache(cache.object.get());
    connect(&model, &Model::modelAboutToBeReset, &model, [&] { next.reset(); });
    model.setCache(next.get());
    QCOMPARE(model.cache(), nullptr);
    QCOMPARE(model.rowCount(), 0);
}

void tst_SyncCacheModel::mapMayEndFirst()
{
    auto map = std::make_unique<StringMap>();
    map->insert(text(1), 1);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map.get()));
    Watched watched(object.get());
    QCOMPARE(watched.model.count(), 1);
    map.reset();
    object->flush();
    QCOMPARE(watched.model.count(), 0);
    watched.model.setKeys({ text(1) });
    QCOMPARE(watched.model.count(), 1);
    QVERIFY(!watched.model.index(0, 1).data().isValid());
}

void tst_SyncCacheModel::destroyedCacheLeavesNoRows()
{
    for (const bool hasKeys : { false, true }) {
        auto object = std::make_unique<SyncCacheObject>();
        object->insert(text(1), 1);
        object->insert(text(2), 2);
        Watched watched(object.get());
        if (hasKeys)
            watched.model.setKeys(texts(0, 10));
        const auto delegate = std::make_unique<Delegate>(watched.model, text(1));
        QSignalSpy changed(&watched.model, &Model::cacheChanged);
        QSignalSpy status(&watched.model, &Model::statusChanged);
        object.reset();
        QCOMPARE(changed.size(), 1);
        QCOMPARE(status.size(), 1);
        QVERIFY(!watched.model.cache());
        QCOMPARE(watched.model.count(), 0);
        QCOMPARE(watched.model.status(), Model::Null);
        QCOMPARE(watched.mirror.removals, 1);
        QVERIFY(!watched.model.canFetchMore({}));
        QCoreApplication::processEvents();
    }
}

void tst_SyncCacheModel::otherCacheResets()
{
    Wrapped<StringMap> one;
    Wrapped<IntMap> other;
    one.map->insert(text(1), 1);
    other.map->insert(2, 2);
    Watched watched(one.object.get());
    QSignalSpy changed(&watched.model, &Model::cacheChanged);
    watched.model.setCache(other.object.get());
    QCOMPARE(watched.mirror.resets, 1);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(keysOf(watched.model), QStringList { text(2) });
    one.map->insert(text(3), 1);
    one.object->flush();
    QCOMPARE(watched.model.count(), 1);
    watched.model.setCache(other.object.get());
    QCOMPARE(changed.size(), 1);
}

void tst_SyncCacheModel::renamedCacheResets()
{
    const auto a = std::make_shared<StringMap>();
    const auto b = std::make_shared<StringMap>();
    a->insert(text(1), 1);
    b->insert(text(1), 2);
    b->insert(text(2), 2);
    SyncCacheObject::publish(QStringLiteral("model a"), a);
    SyncCacheObject::publish(QStringLiteral("model b"), b);
    SyncCacheObject object;
    object.setName(QStringLiteral("model a"));
    Watched watched(&object);
    const Delegate delegate(watched.model, text(1));
    QCOMPARE(watched.model.count(), 1);
    object.setName(QStringLiteral("model b"));
    QCOMPARE(watched.mirror.resets, 1);
    QCOMPARE(watched.model.count(), 2);
    QCOMPARE(shown(watched.model, text(1)), QVariant(2));
    b->insert(text(3), 3);
    settle(object);
    QCOMPARE(watched.model.count(), 3);
    QVERIFY(watched.mirror.isRight());
    SyncCacheObject::release(QStringLiteral("model a"));
    SyncCacheObject::release(QStringLiteral("model b"));
}

// The first model's slot renames their object while both are told of news.
void tst_SyncCacheModel::othersShowWhatARenameShows()
{
    const auto before = std::make_shared<StringMap>();
    const auto after = std::make_shared<StringMap>();
    after->insert(text(1), 1);
    SyncCacheObject::publish(QStringLiteral("model before"), before);
    SyncCacheObject::publish(QStringLiteral("model after"), after);
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    object.setName(QStringLiteral("model before"));
    Watched first(&object);
    Watched second(&object);
    connect(&first.model, &Model::rowsInserted, &object,
            [&] { object.setName(QStringLiteral("model after")); });
    QSignalSpy told(&object, &SyncCacheObject::keysChanged);
    before->insert(text(2), 2);
    before->insert(text(1), 2);
    before->remove(text(1));
    object.flush();
    QCOMPARE(object.name(), QStringLiteral("model after"));
    for (const Watched *one : { &first, &second }) {
        QCOMPARE(keysOf(one->model), QStringList { text(1) });
        QVERIFY(one->mirror.isRight());
    }
    QCOMPARE(told.size(), 0); // of keys of another cache
    object.flush();
    QCOMPARE(keysOf(second.model), QStringList { text(1) });
    SyncCacheObject::release(QStringLiteral("model before"));
    SyncCacheObject::release(QStringLiteral("model after"));
}

void tst_SyncCacheModel::valuesLoadNothingAndEntriesDo()
{
    LoadedCache cache;
    cache.object.setNotifyInterval(0);
    Watched watched(&cache.object);
    watched.model.setKeys(texts(0, 5));
    QSignalSpy status(&watched.model, &Model::statusChanged);
    QTest::qWait(20);
    QCOMPARE(cache.count, 0);
    QCOMPARE(watched.model.status(), Model::Ready);
    const Delegate delegate(watched.model, text(2));
    QCOMPARE(delegate.entry->status(), Entry::Loading);
    cache.waitFor(text(2));
    QCOMPARE(watched.model.status(), Model::Loading);
    QCOMPARE(status.size(), 1);
    QVERIFY(watched.mirror.isRight());
    QCOMPARE(watched.mirror.rows.at(2).status, int(Model::Loading));
    QCOMPARE(watched.model.index(2, 2).data(), QVariant(QStringLiteral("Loading")));
    cache.take(text(2)).finish(7);
    QTRY_COMPARE(watched.mirror.rows.at(2).value, QVariant(7));
    QTRY_COMPARE(watched.mirror.rows.at(2).status, int(Model::Ready));
    QCOMPARE(watched.model.status(), Model::Ready);
    QVERIFY(watched.mirror.isRight());
    QCOMPARE(status.size(), 2);
    QCOMPARE(cache.count, 1);
}

void tst_SyncCacheModel::rowsThatAreScrolledAwayAreLetGo()
{
    LoadedCache cache;
    Watched watched(&cache.object);
    watched.model.setKeys(texts(0, 1'000 / Slowness));
    std::vector<std::unique_ptr<Delegate>> visible;
    for (int i = 0; i < watched.model.rowCount(); ++i) {
        visible.push_back(std::make_unique<Delegate>(watched.model, text(i)));
        if (visible.size() > 10)
            visible.erase(visible.begin());
        if (i % 10 == 9)
            QCoreApplication::processEvents();
    }
    cache.waitFor(text(watched.model.rowCount() - 1));
    QTRY_VERIFY(std::all_of(cache.loads.begin(), cache.loads.end(), [&](const auto &load) {
        const bool isVisible = load.first.toInt() >= watched.model.rowCount() - 10;
        return load.second.isCanceled() != isVisible;
    }));
    QCOMPARE(watched.model.status(), Model::Loading);
    visible.clear();
    QTRY_COMPARE(watched.model.status(), Model::Ready);
    QTRY_VERIFY(watched.mirror.isRight());
}

void tst_SyncCacheModel::failedLoadIsAnError()
{
    LoadedCache cache;
    Watched watched(&cache.object);
    watched.model.setKeys(texts(0, 3));
    const Delegate one(watched.model, text(0));
    const auto two = std::make_unique<Delegate>(watched.model, text(1));
    cache.waitFor(text(0));
    cache.waitFor(text(1));
    cache.take(text(0)).fail(QStringLiteral("no luck"));
    QTRY_COMPARE(watched.mirror.rows.at(0).status, int(Model::Error));
    QCOMPARE(watched.model.status(), Model::Loading); // another still does
    cache.take(text(1)).finish(1);
    QTRY_COMPARE(watched.model.status(), Model::Error);
    QCOMPARE(watched.model.index(0, 2).data(), QVariant(QStringLiteral("Error")));
    cache.object.insert(text(0), 5);
    settle(cache.object);
    QCOMPARE(watched.model.status(), Model::Ready);
    QVERIFY(watched.mirror.isRight());
}

void tst_SyncCacheModel::cachesAndKeysMaySwapDuringALoad()
{
    LoadedCache cache;
    LoadedCache other;
    Watched watched(&cache.object);
    watched.model.setKeys({ text(1) });
    auto delegate = std::make_unique<Delegate>(watched.model, text(1));
    cache.waitFor(text(1));
    QTRY_COMPARE(watched.model.status(), Model::Loading);
    watched.model.setKeys({ text(2) });
    QCOMPARE(watched.model.status(), Model::Ready); // that row is gone
    watched.model.setKeys({ text(2), text(1) });
    QCOMPARE(watched.model.status(), Model::Loading);
    watched.model.setCache(&other.object);
    QCOMPARE(watched.model.status(), Model::Ready);
    cache.take(text(1)).finish(1);
    QTRY_COMPARE(delegate->entry->status(), Entry::Ready);
    QVERIFY(!shown(watched.model, text(1)).isValid());
    watched.model.setCache(&cache.object);
    QCOMPARE(shown(watched.model, text(1)), QVariant(1));
    QVERIFY(watched.mirror.isRight());
}

void tst_SyncCacheModel::writesThroughEntriesShow()
{
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    object.insert(text(1), 1);
    Watched watched(&object);
    const Delegate delegate(watched.model, text(1));
    delegate.entry->setValue(2);
    QTRY_COMPARE(watched.mirror.rows.at(0).value, QVariant(2)); // without a flush
    delegate.entry->remove();
    QTRY_COMPARE(watched.model.count(), 0);
    delegate.entry->setValue(3);
    object.flush();
    QCOMPARE(watched.model.count(), 1);
    QVERIFY(watched.mirror.isRight());
}

void tst_SyncCacheModel::placeholderIsTheValueOfWhatIsAbsent()
{
    SyncCacheObject object;
    object.insert(text(1), 1);
    Watched watched(&object);
    watched.model.setKeys(texts(0, 2));
    QSignalSpy changed(&watched.model, &Model::placeholderValueChanged);
    watched.model.setPlaceholderValue(QStringLiteral("…"));
    watched.model.setPlaceholderValue(QStringLiteral("…"));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(watched.mirror.rows.at(0).value, QVariant(QStringLiteral("…")));
    QCOMPARE(watched.mirror.rows.at(1).value, QVariant(1));
    const Delegate delegate(watched.model, text(0));
    QCOMPARE(shown(watched.model, text(0)), QVariant(QStringLiteral("…")));
}

void tst_SyncCacheModel::slotMayChangeWhatIsWanted_data()
{
    QTest::addColumn<WantedChange>("change");
    QTest::newRow("prefix") << WantedChange(
            [](Model &model, auto &) { model.setKeyPrefix(text(1)); });
    QTest::newRow("sorted") << WantedChange([](Model &model, auto &) { model.setSorted(true); });
    QTest::newRow("keys") << WantedChange(
            [](Model &model, auto &) { model.setKeys(texts(3, 33)); });
    QTest::newRow("no cache") << WantedChange(
            [](Model &model, auto &) { model.setCache(nullptr); });
    QTest::newRow("flush") << WantedChange([](Model &, SyncCacheObject &object) {
        object.insert(text(555), 5);
        object.flush();
    });
    QTest::newRow("fetch") << WantedChange([](Model &model, auto &) { model.fetchMore({}); });
    QTest::newRow("placeholder") << WantedChange(
            [](Model &model, auto &) { model.setPlaceholderValue(1); });
    QTest::newRow("write") << WantedChange([](Model &model, SyncCacheObject &) {
        if (model.rowCount() > 0)
            model.setData(model.index(0, 1), 99);
    });
}

// In each of the signals, also those that announce a change.
void tst_SyncCacheModel::slotMayChangeWhatIsWanted()
{
    QFETCH(const WantedChange, change);
    const std::function<void(Model &, QObject *, const std::function<void()> &)> signalsOf[] = {
        [](Model &m, QObject *c, const auto &f) { connect(&m, &Model::rowsInserted, c, f); },
        [](Model &m, QObject *c, const auto &f) { connect(&m, &Model::rowsRemoved, c, f); },
        [](Model &m, QObject *c, const auto &f) { connect(&m, &Model::dataChanged, c, f); },
        [](Model &m, QObject *c, const auto &f) { connect(&m, &Model::countChanged, c, f); },
        [](Model &m, QObject *c, const auto &f) {
            connect(&m, &Model::rowsAboutToBeInserted, c, f);
        },
        [](Model &m, QObject *c, const auto &f) {
            connect(&m, &Model::rowsAboutToBeRemoved, c, f);
        },
    };
    const auto write = [](SyncCacheObject &object) {
        for (int i = 0; i < 40; ++i) {
            if (i % 5 == 0)
                object.remove(text(i));
            else
                object.insert(text(i), -i);
        }
        object.flush();
    };
    for (const bool isOfNews : { true, false }) {
        for (const auto &connectTo : signalsOf) {
            SyncCacheObject object;
            object.setNotifyInterval(-1);
            for (int i = 0; i < 20; ++i)
                object.insert(text(i), i);
            Watched watched(&object);
            QObject receiver;
            bool isDone = false;
            connectTo(watched.model, &receiver, [&] {
                if (!std::exchange(isDone, true))
                    change(watched.model, object);
            });
            if (isOfNews)
                write(object);
            else
                watched.model.setKeys({ text(12), text(500), text(3), text(501), text(502) });
            write(object);
            QVERIFY(isDone);
            settle(object);
            QVERIFY(watched.mirror.isRight());
            QStringList expected = watched.model.keys();
            if (!watched.model.cache()) {
                QCOMPARE(watched.model.count(), 0);
            } else if (!expected.isEmpty()) {
                QCOMPARE(keysOf(watched.model), expected);
            } else {
                for (const QString &key : object.keys()) {
                    if (key.startsWith(watched.model.keyPrefix()))
                        expected.append(key);
                }
                QCOMPARE(sorted(keysOf(watched.model)), sorted(expected));
                if (watched.model.isSorted())
                    QCOMPARE(keysOf(watched.model), sorted(expected));
            }
        }
    }
}

void tst_SyncCacheModel::slotMayEndModelAndCache_data()
{
    QTest::addColumn<bool>("endsModel");
    QTest::addColumn<bool>("endsObject");
    QTest::newRow("model") << true << false;
    QTest::newRow("object") << false << true;
    QTest::newRow("both") << true << true;
}

void tst_SyncCacheModel::slotMayEndModelAndCache()
{
    QFETCH(const bool, endsModel);
    QFETCH(const bool, endsObject);
    const auto end = [&](QPointer<Model> model, QPointer<SyncCacheObject> object) {
        if (endsObject)
            delete object;
        if (endsModel)
            delete model;
    };
    using Step = std::function<void(Model &)>;
    const std::function<void(Model &, const std::function<void()> &)> signalsOf[] = {
        [](Model &m, const auto &f) { connect(&m, &Model::rowsInserted, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::rowsRemoved, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::rowsMoved, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::dataChanged, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::layoutAboutToBeChanged, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::layoutChanged, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::modelAboutToBeReset, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::modelReset, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::countChanged, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::keysChanged, f); },
        [](Model &m, const auto &f) { connect(&m, &Model::statusChanged, f); },
    };
    for (const auto &connectTo : signalsOf) {
        QPointer<SyncCacheObject> object(new SyncCacheObject);
        object->setNotifyInterval(-1);
        for (int i = 0; i < 400; ++i)
            object->insert(text(i), i);
        QPointer<Model> model(new Model);
        model->setCache(object);
        int calls = 0;
        connectTo(*model, [&] {
            if (++calls == 1)
                end(model, object);
        });
        const Step steps[] = {
            [](Model &one) { one.setKeys(texts(0, 100)); },
            [](Model &one) {
                one.setKeys({ text(7), text(1), text(500) });
            },
            [](Model &one) {
                one.setKeys({ text(1), text(7), text(500) });
            },
            [](Model &one) { one.resetKeys(); },
            [](Model &one) { one.setSorted(true); },
            [&](Model &) {
                for (int i = 0; object && i < 600; ++i)
                    i % 3 == 0 ? object->remove(text(i)) : object->insert(text(i), -i);
                if (object)
                    object->flush();
            },
            [](Model &one) { one.setCache(nullptr); },
        };
        for (const Step &step : steps) {
            if (model)
                step(*model);
        }
        QVERIFY(calls > 0);
        QCOMPARE(model.isNull(), endsModel);
        QCOMPARE(object.isNull(), endsObject);
        QVERIFY(!model || model->count() == 0);
        delete model;
        delete object;
    }
}

void tst_SyncCacheModel::modelMayEndAnother()
{
    for (const bool isRenamed : { false, true }) {
        auto object = std::make_unique<SyncCacheObject>();
        object->insert(text(1), 1);
        QList<QPointer<Model>> models;
        for (int i = 0; i < 3; ++i) {
            models.append(new Model);
            models.last()->setCache(object.get());
        }
        for (const auto &model : models) {
            const auto endOthers = [&models, one = model.data()] {
                for (const auto &other : models) {
                    if (other != one)
                        delete other;
                }
            };
            connect(model, &Model::modelReset, endOthers);
            connect(model, &Model::cacheChanged, endOthers);
        }
        if (isRenamed)
            object->setName(QStringLiteral("another"));
        object.reset();
        QCOMPARE(std::count_if(models.begin(), models.end(), [](const auto &one) { return one; }),
                 1);
        for (const auto &model : models)
            delete model;
        SyncCacheObject::release(QStringLiteral("another"));
    }
}

// Such as that of a dialog: news wait for its end, and are not lost.
void tst_SyncCacheModel::eventLoopInASlotFallsNotBehind()
{
    SyncCacheObject object;
    object.setNotifyInterval(0);
    Watched watched(&object);
    bool isDone = false;
    connect(&watched.model, &Model::rowsInserted, &object, [&] {
        if (std::exchange(isDone, true))
            return;
        object.insert(text(2), 2);
        watched.model.setSorted(true);
        QTest::qWait(10);
    });
    connect(&watched.model, &Model::dataChanged, &object, [&] { object.flush(); });
    object.insert(text(3), 3);
    object.insert(text(1), 1);
    QTRY_COMPARE(watched.model.count(), 3);
    QCOMPARE(keysOf(watched.model), texts(1, 4));
    QVERIFY(watched.mirror.isRight());
}

// Each time it is told of something: a flush without news is nothing to tell of.
void tst_SyncCacheModel::slotMayFlushWithoutEnd()
{
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    object.insert(text(1), 1);
    Watched watched(&object);
    const Delegate delegate(watched.model, text(1));
    int calls = 0;
    connect(&watched.model, &Model::dataChanged, &object, [&] {
        if (++calls < 100)
            object.flush();
    });
    delegate.entry->setValue(2); // told by the model's own batch, so that the flush is not nested
    QTRY_VERIFY(calls > 0);
    QVERIFY(calls < 10);
    QVERIFY(watched.mirror.isRight());
}

int main(int argc, char **argv)
{
    theSeed = takeSeed(argc, argv);
    QCoreApplication app(argc, argv);
    tst_SyncCacheModel test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_synccachemodel.moc"
