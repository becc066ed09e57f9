// SPDX-License-Identifier: MIT

// While the shards of a map are succeeded by others: when some entries of the directory lead to a
// successor already, and others still to the shard that is dead. See Engine::splitLocked().

#include "companion.h"
#include "testtraits.h"

#include <SyncMap/SyncMap>

#include <QtTest/qtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

using SyncMapInternal::TestPoint;

namespace {

struct SuccessionTraits : TestTraits<SuccessionTraits>
{
    static inline thread_local std::function<void(TestPoint)> atTestPoint;
    // Threads that found a lock taken, and have not got it.
    static inline std::atomic<int> waiting { 0 };

    static void testPoint(TestPoint point) noexcept
    {
        if (atTestPoint)
            atTestPoint(point);
    }

    struct Mutex : QMutex
    {
        void lock()
        {
            if (QMutex::try_lock())
                return;
            ++waiting;
            QMutex::lock();
            --waiting;
        }
    };
};

constexpr int KeyCount = 64;
// Room for so many takes thirty-two shards.
template <bool InTables>
constexpr int ReservedKeys = InTables ? 400000 : 100000;

// A thread that changes the shards of a map, and stops when it has entered a successor for the n-th
// time.
class StoppedSuccession
{
public:
    StoppedSuccession(int number, std::function<void()> change)
    {
        m_thread.post([this, number, change] {
            int entered = 0;
            SuccessionTraits::atTestPoint = [this, number, &entered](TestPoint point) {
                if (point != TestPoint::Succeeding || ++entered != number)
                    return;
                m_state = Stopped;
                while (m_mustStop)
                    std::this_thread::yield();
            };
            change();
            SuccessionTraits::atTestPoint = {};
            if (m_state != Stopped)
                m_state = Over;
        });
        while (m_state == Running)
            std::this_thread::yield();
    }
    Q_DISABLE_COPY_MOVE(StoppedSuccession)
    ~StoppedSuccession() { end(); }

    // False if there were not so many entries.
    bool isStopped() const { return m_state == Stopped; }
    void end()
    {
        m_mustStop = false;
        m_thread.wait();
    }

private:
    enum State : int { Running, Stopped, Over };

    std::atomic<int> m_state { Running };
    std::atomic<bool> m_mustStop { true };
    Companion m_thread;
};

// Begins \a write in the other thread, until it is done or waits for a lock.
void beginOrDo(Companion &thread, std::function<void()> write)
{
    const auto isDone = std::make_shared<std::atomic<bool>>(false);
    thread.post([write = std::move(write), isDone] {
        write();
        *isDone = true;
    });
    while (!*isDone && SuccessionTraits::waiting == 0)
        std::this_thread::yield();
}

enum class Change { Merge, Split };

template <typename Map>
int countFound(Map &map)
{
    int found = 0;
    for (int key = 0; key < KeyCount; ++key)
        found += map.contains({ key });
    return found;
}

template <bool InTables>
using Key = TestKey<SuccessionTraits, 64, InTables>;

} // namespace

class tst_Succession : public QObject
{
    Q_OBJECT

private slots:
    void whatIsClearedIsNotFound_data();
    void whatIsClearedIsNotFound();
};

void tst_Succession::whatIsClearedIsNotFound_data()
{
    QTest::addColumn<bool>("isMerge");
    QTest::addColumn<bool>("inTables");
    QTest::newRow("merge, nodes") << true << false;
    QTest::newRow("merge, in tables") << true << true;
    QTest::newRow("split, nodes") << false << false;
    QTest::newRow("split, in tables") << false << true;
}

// Another thread clears the map, or waits until it may. No more is found than is left by then: a
// shard that is cleared is not found through an entry of the directory that it does not stand in yet.
template <bool InTables>
static void clearedBeside(Change change)
{
    // One after another, then in growing steps: there are hundreds of such moments.
    int moments = 0;
    for (int number = 1;; number += 1 + number / 8) {
        SyncMap<Key<InTables>, int> map;
        if (change == Change::Merge)
            map.reserve(ReservedKeys<InTables>);
        for (int key = 0; key < KeyCount; ++key)
            map.insert({ key }, {});
        StoppedSuccession succession(number, [&map, change] {
            if (change == Change::Merge)
                map.squeeze();
            else
                map.reserve(ReservedKeys<InTables>);
        });
        if (!succession.isStopped())
            break;
        ++moments;
        Companion writer;
        beginOrDo(writer, [&map] { map.clear(); });
        const qsizetype left = map.size();
        const int found = countFound(map);
        int visited = 0;
        map.forEach([&visited](Key<InTables>, int) { ++visited; });
        succession.end();
        writer.wait();
        QVERIFY2(found <= left, QByteArray::number(number));
        QVERIFY2(visited <= left, QByteArray::number(number));
        QCOMPARE(countFound(map), 0);
        QVERIFY(map.isEmpty());
    }
    QVERIFY(moments > 25);
}

void tst_Succession::whatIsClearedIsNotFound()
{
    QFETCH(const bool, isMerge);
    QFETCH(const bool, inTables);
    const Change change = isMerge ? Change::Merge : Change::Split;
    if (inTables)
        clearedBeside<true>(change);
    else
        clearedBeside<false>(change);
}

QTEST_APPLESS_MAIN(tst_Succession)
#include "tst_succession.moc"
