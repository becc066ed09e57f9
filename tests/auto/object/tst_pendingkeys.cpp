// SPDX-License-Identifier: MIT
#include <SyncMap/object/pendingkeys.h>

#include <QtCore/qhash.h>
#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

using namespace SyncMapInternal;
using Pending = PendingKeys<int>;

class tst_PendingKeys : public QObject
{
    Q_OBJECT

private slots:
    void eachKeyIsKeptOnceWithItsLastChange();
    void keysWithEqualHashesAreToldApart();
    void nothingStaysBehindWhenTaken();
    void mergedKeysAreKeptOnceAndRemovalsCount();
    void randomOperationsAgreeWithAReference();
};

void tst_PendingKeys::eachKeyIsKeptOnceWithItsLastChange()
{
    Pending pending;
    QVERIFY(pending.isEmpty());
    pending.add(1, 10, MapChange::Written);
    pending.add(2, 20, MapChange::Written);
    pending.add(1, 10, MapChange::Removed);
    const Pending::List list = pending.take();
    QCOMPARE(list.size(), std::size_t(2));
    QCOMPARE(list[0].key, 1);
    QCOMPARE(list[0].change, MapChange::Removed);
    QCOMPARE(list[1].key, 2);
    QVERIFY(pending.isEmpty());
}

void tst_PendingKeys::keysWithEqualHashesAreToldApart()
{
    Pending pending;
    for (int key = 0; key < 100; ++key)
        pending.add(key, 7, MapChange::Written);
    QCOMPARE(pending.take().size(), std::size_t(100));
}

void tst_PendingKeys::nothingStaysBehindWhenTaken()
{
    Pending pending;
    for (int round = 0; round < 50; ++round) {
        for (int key = 0; key < round * 7; ++key)
            pending.add(key, quint64(key) * 3, MapChange::Written);
        QCOMPARE(pending.take().size(), std::size_t(round * 7));
        QVERIFY(pending.take().empty());
    }
}

void tst_PendingKeys::mergedKeysAreKeptOnceAndRemovalsCount()
{
    Pending one;
    Pending other;
    one.add(1, 10, MapChange::Written);
    one.add(2, 20, MapChange::Removed);
    other.add(1, 10, MapChange::Removed);
    other.add(2, 20, MapChange::Written);
    other.add(3, 10, MapChange::Evicted);
    one.add(4, 40, MapChange::Invalidated);
    other.add(4, 40, MapChange::Written);
    one.add(5, 50, MapChange::Written);
    other.add(5, 50, MapChange::Invalidated);
    Pending all;
    all.merge(one.take());
    all.merge(other.take());
    QHash<int, MapChange> changes;
    for (const auto &each : all.list())
        changes.insert(each.key, each.change);
    QCOMPARE(all.list().size(), std::size_t(5));
    QCOMPARE(changes[1], MapChange::Removed);
    QCOMPARE(changes[2], MapChange::Removed);
    QCOMPARE(changes[3], MapChange::Evicted);
    QCOMPARE(changes[4], MapChange::Invalidated);
    QCOMPARE(changes[5], MapChange::Invalidated);
}

void tst_PendingKeys::randomOperationsAgreeWithAReference()
{
    const quint32 seed = qEnvironmentVariableIsSet("SYNCMAP_SEED")
            ? qEnvironmentVariableIntValue("SYNCMAP_SEED")
            : QRandomGenerator::global()->generate();
    qInfo("SYNCMAP_SEED=%u", seed);
    QRandomGenerator random(seed);
    Pending pending;
    QHash<int, MapChange> reference;
    constexpr MapChange Changes[] = { MapChange::Written, MapChange::Removed, MapChange::Evicted,
                                      MapChange::Expired };
    for (int step = 0; step < 50'000; ++step) {
        const int key = int(random.bounded(200));
        const auto change = Changes[random.bounded(4)];
        // Runs of slots that touch and wrap around.
        pending.add(key, quint64(key % 40) * 0x1000'0001, change);
        reference.insert(key, change);
        if (random.bounded(100) != 0)
            continue;
        const Pending::List list = pending.take();
        QCOMPARE(qsizetype(list.size()), reference.size());
        for (const auto &one : list)
            QCOMPARE(one.change, reference.take(one.key));
        QVERIFY(reference.isEmpty());
    }
}

QTEST_APPLESS_MAIN(tst_PendingKeys)
#include "tst_pendingkeys.moc"
