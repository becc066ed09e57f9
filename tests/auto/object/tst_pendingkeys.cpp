// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/news/news.h>

#include <QtCore/qhash.h>
#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

using namespace SyncMapInternal;
using Pending = PendingKeys<int>;

namespace {

// All that wait now.
Pending::List takeAll(Pending &pending)
{
    Pending::List list;
    pending.beginRound();
    pending.takeFirst(list, 1'000'000);
    return list;
}

QList<int> keysOf(const Pending::List &list)
{
    QList<int> keys;
    for (const auto &one : list)
        keys.append(one.key);
    return keys;
}

} // namespace

class tst_PendingKeys : public QObject
{
    Q_OBJECT

private slots:
    void eachKeyIsKeptOnceWithItsLastChange();
    void keysWithEqualHashesAreToldApart();
    void nothingStaysBehindWhenTaken();
    void roundsAreTakenInOrderAndInSteps();
    void whatIsTakenOutLeavesTheOrder();
    void placesAreUsedAgain();
    void heavierChangesCount();
    void randomOperationsAgreeWithAReference();
};

void tst_PendingKeys::eachKeyIsKeptOnceWithItsLastChange()
{
    Pending pending;
    QVERIFY(pending.isEmpty());
    pending.add(1, 10, MapChange::Written);
    pending.add(2, 20, MapChange::Written);
    pending.add(1, 10, MapChange::Removed);
    const Pending::List list = takeAll(pending);
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
    QCOMPARE(takeAll(pending).size(), std::size_t(100));
}

void tst_PendingKeys::nothingStaysBehindWhenTaken()
{
    Pending pending;
    for (int round = 0; round < 50; ++round) {
        for (int key = 0; key < round * 7; ++key)
            pending.add(key, quint64(key) * 3, MapChange::Written);
        QCOMPARE(takeAll(pending).size(), std::size_t(round * 7));
        QVERIFY(takeAll(pending).empty());
    }
}

void tst_PendingKeys::roundsAreTakenInOrderAndInSteps()
{
    Pending pending;
    for (int key = 0; key < 10; ++key)
        pending.add(key, quint64(key), MapChange::Written);
    pending.beginRound();
    pending.add(10, 10, MapChange::Written); // of the next one
    pending.add(3, 3, MapChange::Removed); // waits already
    Pending::List list;
    pending.takeFirst(list, 4);
    QCOMPARE(keysOf(list), QList<int>({ 0, 1, 2, 3 }));
    QCOMPARE(list.back().change, MapChange::Removed);
    pending.add(0, 0, MapChange::Written); // has to wait again
    for (int key = 11; key < 1000; ++key) // the places move
        pending.add(key, quint64(key), MapChange::Written);
    QVERIFY(!pending.isRoundOver());
    pending.takeFirst(list, 100);
    QCOMPARE(keysOf(list), QList<int>({ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }));
    QVERIFY(pending.isRoundOver());
    list.clear();
    pending.takeFirst(list, 100);
    QVERIFY(list.empty());
    pending.beginRound();
    pending.takeFirst(list, 2);
    QCOMPARE(keysOf(list), QList<int>({ 10, 0 }));
}

void tst_PendingKeys::whatIsTakenOutLeavesTheOrder()
{
    Pending pending;
    QVERIFY(!pending.takeOut(1, 7));
    for (int key = 0; key < 100; ++key)
        pending.add(key, 7, key == 50 ? MapChange::Invalidated : MapChange::Written);
    pending.beginRound();
    QCOMPARE(pending.takeOut(50, 7), std::optional(MapChange::Invalidated));
    QVERIFY(!pending.takeOut(50, 7));
    for (int key = 0; key < 100; key += 2)
        QCOMPARE(pending.takeOut(key, 7).has_value(), key != 50);
    pending.add(50, 7, MapChange::Written); // comes last, in the next round
    Pending::List list;
    pending.takeFirst(list, 1000);
    QCOMPARE(list.size(), std::size_t(50));
    for (int i = 0; i < 50; ++i)
        QCOMPARE(list[std::size_t(i)].key, 2 * i + 1);
    QVERIFY(!pending.isEmpty());
    QCOMPARE(keysOf(takeAll(pending)), QList<int> { 50 });
}

// Else a key that one thread writes and another one takes away would need more of them for ever.
void tst_PendingKeys::placesAreUsedAgain()
{
    PendingKeys<QByteArray> pending;
    const QByteArray waits = "waits";
    pending.add(waits, 1, MapChange::Written);
    pending.beginRound();
    for (int i = 0; i < 100'000; ++i) {
        const QByteArray key = QByteArray::number(i % 5);
        pending.add(key, quint64(i % 5), MapChange::Written);
        QVERIFY(pending.takeOut(key, quint64(i % 5)));
    }
    QVERIFY(pending.places() <= 16);
    QVERIFY(!pending.isRoundOver());
    PendingKeys<QByteArray>::List list;
    pending.takeFirst(list, 10);
    QCOMPARE(list.size(), std::size_t(1));
    QCOMPARE(list.front().key, waits);
}

void tst_PendingKeys::heavierChangesCount()
{
    const auto check = [](MapChange one, MapChange other, MapChange counts) {
        return Pending::heavier(one, other) == counts && Pending::heavier(other, one) == counts;
    };
    QVERIFY(check(MapChange::Written, MapChange::Removed, MapChange::Removed));
    QVERIFY(check(MapChange::Evicted, MapChange::Removed, MapChange::Removed));
    QVERIFY(check(MapChange::Invalidated, MapChange::Removed, MapChange::Removed));
    QVERIFY(check(MapChange::Invalidated, MapChange::Written, MapChange::Invalidated));
    QVERIFY(check(MapChange::Invalidated, MapChange::Expired, MapChange::Invalidated));
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
    QList<int> order; // of those that wait
    qsizetype ofRound = 0;
    constexpr MapChange Changes[] = { MapChange::Written, MapChange::Removed, MapChange::Evicted,
                                      MapChange::Expired };
    const auto hashOf = [](int key) {
        return quint64(key % 40) * 0x1000'0001; // runs of slots that touch and wrap around
    };
    for (int step = 0; step < 50'000; ++step) {
        const int key = int(random.bounded(200));
        switch (random.bounded(50)) {
        case 0:
            pending.beginRound();
            ofRound = order.size();
            break;
        case 1: {
            Pending::List list;
            const qsizetype most = random.bounded(60);
            pending.takeFirst(list, std::size_t(most));
            QCOMPARE(qsizetype(list.size()), std::min(most, ofRound));
            for (const auto &one : list) {
                QCOMPARE(one.key, order.takeFirst());
                QCOMPARE(one.change, reference.take(one.key));
            }
            ofRound -= qsizetype(list.size());
            break;
        }
        case 2:
        case 3: {
            const auto change = pending.takeOut(key, hashOf(key));
            QCOMPARE(change.has_value(), reference.contains(key));
            if (!change)
                break;
            QCOMPARE(*change, reference.take(key));
            ofRound -= order.indexOf(key) < ofRound;
            order.removeOne(key);
            break;
        }
        default: {
            const auto change = Changes[random.bounded(4)];
            pending.add(key, hashOf(key), change);
            if (!reference.contains(key))
                order.append(key);
            reference.insert(key, change);
        }
        }
        QCOMPARE(pending.isEmpty(), reference.isEmpty());
        QCOMPARE(pending.isRoundOver(), ofRound == 0);
    }
    const Pending::List rest = takeAll(pending);
    QCOMPARE(keysOf(rest), order);
    for (const auto &one : rest)
        QCOMPARE(one.change, reference.value(one.key));
}

QTEST_APPLESS_MAIN(tst_PendingKeys)
#include "tst_pendingkeys.moc"
