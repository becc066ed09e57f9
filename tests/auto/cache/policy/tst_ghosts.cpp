// SPDX-License-Identifier: MIT

#include "seed.h"

#include <SyncMap/cache/policy/ghosts.h>

#include <QtTest/qtest.h>

#include <list>
#include <random>

using SyncMapInternal::Ghosts;

namespace {

quint64 seed = 0;

} // namespace

class tst_Ghosts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anEmptyOneKnowsNothingAndTakesNoMemory()
    {
        Ghosts ghosts;
        QCOMPARE(ghosts.take(5).lastUse, quint64(0));
        QCOMPARE(ghosts.bytes(), std::size_t(0));
    }

    void withoutALimitNothingIsKept()
    {
        Ghosts ghosts;
        ghosts.add(1, 1, 0);
        QCOMPARE(ghosts.count(), 0);
    }

    // Against a list, oldest first, with hashes that collide in the table.
    void agreesWithAList()
    {
        struct Ghost
        {
            quint64 hash;
            quint64 lastUse;
        };
        std::mt19937_64 random(seed);
        Ghosts ghosts;
        std::list<Ghost> reference;
        const auto take = [&](quint64 hash) {
            for (auto it = reference.begin(); it != reference.end(); ++it) {
                if (it->hash == hash) {
                    const quint64 lastUse = it->lastUse;
                    reference.erase(it);
                    return lastUse;
                }
            }
            return quint64(0);
        };
        qsizetype limit = 50;
        for (quint64 step = 1; step < 20'000; ++step) {
            const quint64 hash = (random() % 200) << (random() % 3 * 20);
            if (step % 1000 == 0)
                limit = qsizetype(random() % 100);
            if (random() % 2) {
                take(hash);
                while (!reference.empty() && qsizetype(reference.size()) >= limit)
                    reference.pop_front();
                if (limit > 0)
                    reference.push_back({ hash, step });
                ghosts.add(hash, step, limit);
                QVERIFY(ghosts.count() <= limit);
                // A ring that is full of what was taken forgets its oldest, and does not grow.
                if (ghosts.count() < qint64(reference.size()))
                    QVERIFY(ghosts.count() * 4 >= limit);
                while (qint64(reference.size()) > ghosts.count())
                    reference.pop_front();
            } else {
                QCOMPARE(ghosts.take(hash).lastUse, take(hash));
            }
            QCOMPARE(ghosts.count(), qint64(reference.size()));
            if (step % 100 == 0)
                QVERIFY(ghosts.isConsistent());
        }
    }

    void thereIsNoMoreRoomThanTheLimitNeeds()
    {
        Ghosts ghosts;
        std::mt19937_64 random(seed);
        for (quint64 step = 1; step < 10'000; ++step) {
            ghosts.add(random() % 2000, step, 1000);
            ghosts.take(random() % 2000);
            QVERIFY(ghosts.bytes() <= 1024 * Ghosts::BytesOfEach);
        }
        // Lowered: it shrinks within a part of a round, or at once.
        for (quint64 step = 0; step < 300; ++step)
            ghosts.add(random(), 10'000 + step, 100);
        QCOMPARE(ghosts.bytes(), std::size_t(128 * Ghosts::BytesOfEach));
        QCOMPARE(ghosts.count(), qint64(100));
        ghosts.shrink(20, 1000);
        QCOMPARE(ghosts.bytes(), std::size_t(32 * Ghosts::BytesOfEach));
        QCOMPARE(ghosts.count(), qint64(20));
        QVERIFY(ghosts.isConsistent());
        ghosts.shrink(20, 15);
        QCOMPARE(ghosts.count(), qint64(8));
        ghosts.add(1, 1, 100, 15);
        QCOMPARE(ghosts.bytes(), std::size_t(8 * Ghosts::BytesOfEach));
        QVERIFY(ghosts.isConsistent());
        ghosts.shrink(0, 1000);
        QCOMPARE(ghosts.bytes(), std::size_t(0));
        ghosts.add(1, 1, 3);
        QCOMPARE(ghosts.take(1).lastUse, quint64(1));
    }

    void ageIsTheNumberOfThoseThatCameSince()
    {
        Ghosts ghosts;
        for (quint64 hash = 1; hash <= 10; ++hash)
            ghosts.add(hash, hash, 100);
        QCOMPARE(ghosts.take(10).age, quint64(0));
        QCOMPARE(ghosts.take(4).age, quint64(6));
    }
};

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_Ghosts test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_ghosts.moc"
