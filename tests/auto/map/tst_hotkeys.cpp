// SPDX-License-Identifier: MIT

// A few keys that many write at once: what size(), isEmpty() and the read-modify-writes make of them.
// The others come in at test points, in an order that the test decides.

#include "companion.h"
#include "testtraits.h"

#include <SyncMap/SyncMap>

#include <QtTest/qtest.h>

#include <functional>

using SyncMapInternal::TestPoint;

namespace {

struct HotTraits : TestTraits<HotTraits>
{
    static inline thread_local std::function<void(TestPoint)> atTestPoint;

    static void testPoint(TestPoint point) noexcept
    {
        // What it does has test points of its own, which it does not stop at.
        const auto action = std::exchange(atTestPoint, {});
        if (!action)
            return;
        action(point);
        atTestPoint = action;
    }
};

using Key = TestKey<HotTraits>;
using TableKey = TestKey<HotTraits, 64, true>;

} // namespace

class tst_HotKeys : public QObject
{
    Q_OBJECT

    template <typename Key, typename T>
    void neverEmpty();

private slots:
    void cleanup() { HotTraits::atTestPoint = {}; }

    void aMapThatIsNeverEmptyNeverSaysSo();
    void aSizeBetweenTwoWritesIsOneThatTheMapHad();
    void anEmptyMapSaysSo();
};

// The one that inserts is counted first: its key is there before the other one goes, and the sum
// that reads it before and the other one after is less than the map ever held.
template <typename Key, typename T>
void tst_HotKeys::neverEmpty()
{
    SyncMap<Key, T> map;
    Companion adder;
    Companion remover;
    remover.run([&] { map.remove(Key { -1 }); }); // the slots, in the order that is worst
    adder.run([&] { map.insert(Key { 0 }, T()); });
    map.contains(Key { 0 });
    int next = 0;
    int moves = 0;
    HotTraits::atTestPoint = [&](TestPoint point) {
        if (point != TestPoint::Counted || moves == 1000)
            return;
        ++moves;
        adder.run([&] { map.insert(Key { next + 1 }, T()); });
        remover.run([&] { map.remove(Key { next }); });
        ++next;
    };
    for (int i = 0; i < 20; ++i) {
        const qsizetype size = map.size();
        QVERIFY2(size >= 1 && size <= 2, qPrintable(QString::number(size)));
        QVERIFY(!map.isEmpty());
    }
    QVERIFY(moves > 40);
    HotTraits::atTestPoint = {};
    QCOMPARE(map.size(), 1);
}

void tst_HotKeys::aMapThatIsNeverEmptyNeverSaysSo()
{
    neverEmpty<Key, int>();
    neverEmpty<Key, QString>();
    neverEmpty<TableKey, int>();
}

void tst_HotKeys::aSizeBetweenTwoWritesIsOneThatTheMapHad()
{
    SyncMap<Key, int> map;
    Companion adder;
    Companion remover;
    remover.run([&] { map.remove(Key { -1 }); });
    for (int i = 0; i < 100; ++i)
        adder.run([&] { map.insert(Key { i }, i); });
    map.contains(Key { 0 });
    for (int stop = 0; stop < 6; ++stop) {
        int count = 0;
        HotTraits::atTestPoint = [&](TestPoint point) {
            if (point != TestPoint::Counted || count++ != stop)
                return;
            // A hundred come, and then a hundred go.
            for (int i = 0; i < 100; ++i)
                adder.run([&] { map.insert(Key { 100 + i }, i); });
            for (int i = 0; i < 100; ++i)
                remover.run([&] { map.remove(Key { 100 + i }); });
        };
        QCOMPARE(map.size(), 100);
    }
}

void tst_HotKeys::anEmptyMapSaysSo()
{
    SyncMap<Key, QString> map;
    QVERIFY(map.isEmpty());
    for (int i = 0; i < 100; ++i)
        map.insert(Key { i }, QString());
    for (int i = 0; i < 100; ++i) {
        QVERIFY(!map.isEmpty());
        map.remove(Key { i });
    }
    QVERIFY(map.isEmpty());
    QCOMPARE(map.size(), 0);
}

QTEST_APPLESS_MAIN(tst_HotKeys)
#include "tst_hotkeys.moc"
