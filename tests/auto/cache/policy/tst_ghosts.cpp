// SPDX-License-Identifier: MIT

#include "seed.h"

#include <SyncMap/private/cache/policy/ghosts.h>

#include <QtTest/qtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <utility>
#include <vector>

using SyncMapInternal::Ghosts;

namespace {

quint64 seed = 0;

// As many as one likes that no Ghosts take for each other.
quint64 distinct(quint32 number)
{
    return quint64(number) * 0x9e3779b1 + seed;
}

// What Ghosts promise: a list, oldest first, of the last that came, taken or not.
class Reference
{
public:
    void add(quint64 hash, quint64 lastUse, std::size_t size)
    {
        m_ghosts.push_back({ hash, lastUse });
        shrink(size);
    }
    quint64 take(quint64 hash)
    {
        for (auto it = m_ghosts.rbegin(); it != m_ghosts.rend(); ++it) {
            if (it->hash == hash && it->lastUse != 0)
                return std::exchange(it->lastUse, 0);
        }
        return 0;
    }
    void shrink(std::size_t size)
    {
        while (m_ghosts.size() > size)
            m_ghosts.pop_front();
    }
    // What was taken takes no room then.
    void resize(std::size_t size)
    {
        m_ghosts.erase(std::remove_if(m_ghosts.begin(), m_ghosts.end(),
                                      [](const Ghost &ghost) { return ghost.lastUse == 0; }),
                       m_ghosts.end());
        shrink(size);
    }
    qint64 count() const
    {
        return std::count_if(m_ghosts.begin(), m_ghosts.end(),
                             [](const Ghost &ghost) { return ghost.lastUse != 0; });
    }

private:
    struct Ghost
    {
        quint64 hash;
        quint64 lastUse;
    };
    std::deque<Ghost> m_ghosts;
};

} // namespace

class tst_Ghosts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anEmptyOneKnowsNothingAndTakesNoMemory()
    {
        Ghosts ghosts;
        QCOMPARE(ghosts.take(5, 10), quint64(0));
        QCOMPARE(ghosts.bytes(), std::size_t(0));
        ghosts.shrink(0);
        QVERIFY(ghosts.isConsistent());
    }

    void withoutRoomNothingIsKept()
    {
        Ghosts ghosts;
        ghosts.add(1, 1, Ghosts::BytesOfEach - 1);
        QCOMPARE(ghosts.count(), 0);
        QCOMPARE(ghosts.bytes(), std::size_t(0));
        ghosts.add(1, 1, Ghosts::BytesOfEach);
        QCOMPARE(ghosts.count(), 1);
        QCOMPARE(ghosts.bytes(), std::size_t(Ghosts::BytesOfEach));
        QCOMPARE(ghosts.take(1, 1), quint64(1));
    }

    // The age is of the use, not of the eviction.
    void ageIsTheNumberOfUsesSince()
    {
        Ghosts ghosts;
        ghosts.add(7, 100, 1000);
        QCOMPARE(ghosts.take(7, 149), quint64(50));
        QCOMPARE(ghosts.take(7, 149), quint64(0)); // it was taken
        // Of which half is remembered.
        constexpr quint64 many = Q_UINT64_C(5) << 32;
        ghosts.add(7, many - 10, 1000);
        QCOMPARE(ghosts.take(7, many + 9), quint64(20));
    }

    // Also with keys of one chain, of one tag, and of the tag that says "none".
    void agreesWithAList_data()
    {
        QTest::addColumn<int>("size");
        for (int size : { 1, 2, 3, 17, 100, 256 })
            QTest::addRow("%d", size) << size;
    }
    void agreesWithAList()
    {
        QFETCH(const int, size);
        std::mt19937_64 random(seed);
        std::vector<quint64> hashes;
        for (int i = 0; i < 2 * size; ++i)
            hashes.push_back(i % 3 == 0 ? random() % 50 : random());
        hashes.push_back(Q_UINT64_C(1) << 40);
        Ghosts ghosts;
        Reference reference;
        const auto tagOf = [](quint64 hash) { return qMax<quint32>(quint32(hash), 1); };
        quint64 uses = (Q_UINT64_C(1) << 32) - 10'000;
        for (int step = 0; step < 20'000; ++step) {
            ++uses;
            const quint64 hash = hashes[random() % hashes.size()];
            if (random() % 2) {
                const quint64 lastUse = uses - random() % 100;
                ghosts.add(hash, lastUse, std::size_t(size) * Ghosts::BytesOfEach + 15);
                reference.add(tagOf(hash), lastUse, std::size_t(size));
            } else {
                const quint64 lastUse = reference.take(tagOf(hash));
                QCOMPARE(ghosts.take(hash, uses), lastUse == 0 ? 0 : uses - lastUse + 1);
            }
            QVERIFY(ghosts.bytes() <= std::size_t(size) * Ghosts::BytesOfEach);
            if (step % 100 == 0)
                QVERIFY(ghosts.isConsistent());
            QCOMPARE(ghosts.count(), reference.count());
        }
    }

    // The order does not depend on the hashes: with others, the same is remembered.
    void otherHashesAreTheSameDecisions()
    {
        std::mt19937_64 random(seed);
        std::vector<quint64> some;
        std::vector<quint64> others;
        for (int i = 0; i < 3000; ++i) {
            some.push_back(distinct(i));
            others.push_back(distinct(10'000 + i));
        }
        Ghosts ghosts;
        Ghosts twin;
        for (quint64 step = 1; step < 50'000; ++step) {
            const std::size_t key = random() % some.size();
            QCOMPARE(ghosts.take(some[key], step), twin.take(others[key], step));
            ghosts.add(some[key], step, 1000 * Ghosts::BytesOfEach);
            twin.add(others[key], step, 1000 * Ghosts::BytesOfEach);
        }
    }

    // Whatever room there is, the last ones are known: up to it when it grows, and down to it.
    void roomThatChangesForgetsTheOldest()
    {
        std::mt19937_64 random(seed);
        Ghosts ghosts;
        std::vector<quint64> hashes;
        std::size_t known = 0; // of the last ones
        std::size_t size = 10;
        quint32 number = 0;
        for (int round = 0; round < 200; ++round) {
            if (round % 2)
                size = random() % 300 + 1;
            const std::size_t before = ghosts.bytes() / Ghosts::BytesOfEach;
            if (round % 4 == 1 && size < before) {
                ghosts.shrink(size * Ghosts::BytesOfEach);
                QCOMPARE(ghosts.bytes(), size * Ghosts::BytesOfEach);
                known = qMin(known, size);
            }
            for (int i = 0; i < 20; ++i) {
                hashes.push_back(distinct(++number));
                ghosts.add(hashes.back(), hashes.size(), size * Ghosts::BytesOfEach);
                const std::size_t now = ghosts.bytes() / Ghosts::BytesOfEach;
                QVERIFY(now <= qMax(size, before));
                QVERIFY(now + now / 4 >= size);
                known = qMin(known + 1, now);
                QCOMPARE(ghosts.count(), qint64(known));
            }
            QVERIFY(ghosts.isConsistent());
        }
        for (std::size_t i = 0; i < hashes.size(); ++i) {
            const bool isKnown = i + known >= hashes.size();
            QCOMPARE(ghosts.take(hashes[i], hashes.size()), isKnown ? hashes.size() - i : 0);
        }
    }

    // Where there are many, the youngest come along.
    void manyDoNotAllComeAlong()
    {
        constexpr quint32 many = 100'000;
        Ghosts ghosts;
        for (quint32 i = 1; i <= many; ++i)
            ghosts.add(distinct(i), i, many * Ghosts::BytesOfEach);
        QCOMPARE(ghosts.count(), qint64(many));
        ghosts.add(distinct(many + 1), many + 1, 2 * many * Ghosts::BytesOfEach);
        QCOMPARE(ghosts.bytes(), std::size_t(2 * many * Ghosts::BytesOfEach));
        QCOMPARE(ghosts.count(), qint64(16'385));
        for (quint32 i = 1; i <= many + 1; ++i)
            QCOMPARE(ghosts.take(distinct(i), many + 1) != 0, i + 16'384 > many);
        QVERIFY(ghosts.isConsistent());
    }

    // Lowered: within a part of a round, or at once.
    void thereIsNoMoreRoomThanWasGiven()
    {
        Ghosts ghosts;
        std::mt19937_64 random(seed);
        for (quint64 step = 1; step < 10'000; ++step)
            ghosts.add(random(), step, 16'000);
        QCOMPARE(ghosts.bytes(), std::size_t(16'000));
        for (quint64 step = 0; step < 251; ++step)
            ghosts.add(random(), 10'000 + step, 1600);
        QCOMPARE(ghosts.bytes(), std::size_t(1600));
        QCOMPARE(ghosts.count(), qint64(100));
        ghosts.shrink(500);
        QCOMPARE(ghosts.bytes(), std::size_t(496));
        ghosts.shrink(15);
        QCOMPARE(ghosts.bytes(), std::size_t(0));
        QVERIFY(ghosts.isConsistent());
    }

    // Of many that were never there, hardly one is taken for another.
    void strangersAreNotKnown()
    {
        std::mt19937_64 random(seed);
        Ghosts ghosts;
        for (quint64 step = 1; step < 100'000; ++step)
            ghosts.add(random(), step, 20'000 * Ghosts::BytesOfEach);
        int taken = 0;
        for (int i = 0; i < 100'000; ++i)
            taken += ghosts.take(random(), 200'000) != 0;
        QVERIFY2(taken <= 8, qPrintable(QString::number(taken)));
    }
};

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_Ghosts test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_ghosts.moc"
