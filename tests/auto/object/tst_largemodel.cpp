// SPDX-License-Identifier: MIT

// SyncCacheModel with very many rows, in the one thread that a model lives in.

#include "modelwatch.h"

#include <SyncMap/SyncCacheEntry>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qset.h>
#include <QtTest/qtest.h>

using Entry = SyncCacheEntry;

namespace {

// As a model has it: what it takes in by itself, and what each fetchMore() adds.
constexpr int EagerRows = 100'000;
constexpr int FetchedRows = 2'000;

} // namespace

class tst_LargeModel : public QObject
{
    Q_OBJECT

private slots:
    void millionKeysComeLazily();
    void keysBeyondTheCursorWaitForIt();
    void hundredThousandKeysAtOnce();
    void hundredThousandEntriesAtOnce();
};

void tst_LargeModel::millionKeysComeLazily()
{
    constexpr int Count = 1'000'000 / Slowness * (Slowness == 1 ? 1 : 3);
    const auto map = std::make_shared<SyncMap<int, int>>();
    map->reserve(Count);
    for (int i = 0; i < Count; ++i)
        map->insert(i, i);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    object->setNotifyInterval(-1);
    constexpr int MostOfAShard =
            SyncMapInternal::Engine<int, int>::Table::LargestCapacity; // and some come meanwhile
    {
        Model model;
        QAbstractItemModelTester tester(&model,
                                        QAbstractItemModelTester::FailureReportingMode::Fatal);
        tester.setUseFetchMore(false);
        model.setCache(object.get());
        object->flush(); // takes in the rest
        QVERIFY(model.count() >= EagerRows);
        QVERIFY(model.count() <= EagerRows + MostOfAShard);
        QVERIFY(model.canFetchMore({}));
        const int before = model.count();
        model.fetchMore({});
        QVERIFY(model.count() >= before + FetchedRows);
        QVERIFY(model.count() <= before + FetchedRows + MostOfAShard);
    }
    Model model;
    model.setCache(object.get());
    object->flush();
    for (int i = 0; i < 1'000; ++i) { // beside changes
        model.fetchMore({});
        map->remove(i);
        map->insert(Count + i, i);
        object->flush();
    }
    QVERIFY(!model.canFetchMore({}));
    QCOMPARE(model.count(), Count);
    QSet<QString> keys;
    keys.reserve(Count);
    for (int row = 0; row < Count; ++row)
        keys.insert(model.index(row, 0).data().toString());
    QCOMPARE(int(keys.size()), Count);
    QVERIFY(!keys.contains(text(0)));
    QVERIFY(keys.contains(text(1'000)));
    QVERIFY(keys.contains(text(Count + 999)));
    // All that have a prefix are found.
    model.setCache(nullptr);
    model.setKeyPrefix(text(12345));
    model.setCache(object.get());
    QTRY_COMPARE(model.count(), Slowness == 1 ? 11 : 2 + (Count > 123'459 ? 9 : 0));
    object->flush();
    QVERIFY(!model.canFetchMore({}));
}

void tst_LargeModel::keysBeyondTheCursorWaitForIt()
{
    constexpr int Count = 130'000;
    Wrapped<IntMap> cache;
    for (int i = 0; i < Count; ++i)
        cache.map->insert(i, i);
    Model model;
    model.setCache(cache.object.get());
    cache.object->flush();
    Mirror mirror(&model);
    const int before = model.count();
    QVERIFY(before < Count);
    QSet<int> shownKeys;
    for (const Mirror::Row &row : std::as_const(mirror.rows))
        shownKeys.insert(row.key.toInt());
    int changed = 0;
    for (int i = 0; i < Count; i += 10) {
        cache.map->insert(i, -i);
        changed += shownKeys.contains(i);
    }
    cache.object->flush();
    QCOMPARE(model.count(), before); // they are not new
    QVERIFY(mirror.changes > 0 && mirror.changes <= changed);
    for (int i = 0; i < 1'000; ++i)
        cache.map->insert(Count + i, i);
    cache.object->flush();
    QVERIFY(model.count() > before); // those before the cursor are
    QVERIFY(model.count() < before + 1'000);
    // What may have changed is looked for among the rows alone.
    cache.map->clear();
    for (int i = 0; i < Count; ++i)
        cache.map->insert(i, i);
    cache.object->flush();
    QVERIFY(model.count() >= EagerRows);
    QVERIFY(model.count() < Count);
    while (model.canFetchMore({}))
        model.fetchMore({});
    QCOMPARE(model.count(), Count);
    QVERIFY(mirror.isRight());
    QCOMPARE(mirror.resets, 0);
    // Sorted, there is nothing to wait for.
    Model other;
    other.setCache(cache.object.get());
    cache.object->flush();
    QVERIFY(other.canFetchMore({}));
    Mirror otherMirror(&other);
    other.setSorted(true);
    cache.object->flush();
    QVERIFY(!other.canFetchMore({}));
    QCOMPARE(other.count(), Count);
    QVERIFY(otherMirror.isRight());
    QCOMPARE(otherMirror.resets, 0);
    QVERIFY(otherMirror.inserts + otherMirror.moves + otherMirror.layouts < 10);
    QCOMPARE(keysOf(other), sorted(texts(0, Count)));
}

void tst_LargeModel::hundredThousandKeysAtOnce()
{
    constexpr int Count = 100'000 / Slowness;
    Wrapped<StringMap> cache;
    Watched watched(cache.object.get());
    for (int i = 0; i < Count; ++i)
        cache.map->insert(text(i), i);
    cache.object->flush();
    QCOMPARE(watched.mirror.inserts, 1);
    QCOMPARE(watched.model.count(), Count);
    QVERIFY(watched.mirror.isRight());
    watched.model.setSorted(true);
    cache.object->flush();
    QCOMPARE(watched.mirror.layouts, 1);
    QCOMPARE(keysOf(watched.model), sorted(texts(0, Count)));
    QVERIFY(watched.mirror.isRight());
    cache.map->clear();
    cache.object->flush();
    QCOMPARE(watched.mirror.removals, 1);
    QCOMPARE(watched.model.count(), 0);
}

void tst_LargeModel::hundredThousandEntriesAtOnce()
{
    constexpr int Count = 100'000 / Slowness;
    Wrapped<StringMap> cache;
    for (int i = 0; i < Count; ++i)
        cache.map->insert(text(i), i);
    Model model;
    model.setCache(cache.object.get());
    cache.object->flush();
    Mirror mirror(&model);
    QObject receiver;
    for (int row = 0; row < Count; ++row) {
        auto *entry = model.index(row, 0).data(Model::EntryRole).value<Entry *>();
        connect(entry, &Entry::valueChanged, &receiver, [] {});
    }
    for (int i = 0; i < Count; ++i)
        cache.map->insert(text(i), -i);
    cache.object->flush();
    QCOMPARE(mirror.changes, 1);
    QVERIFY(mirror.isRight());
    QCoreApplication::processEvents();
    QCOMPARE(mirror.changes, 1); // the entries said nothing new
}

QTEST_GUILESS_MAIN(tst_LargeModel)
#include "tst_largemodel.moc"
