// SPDX-License-Identifier: MIT
#include "model/rowlist.h"

#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

#include <seed.h>

#include <algorithm>

using SyncMapInternal::RowList;

namespace {

quint64 theSeed = 0;

QString text(int number)
{
    return QString::number(number);
}

} // namespace

class tst_RowList : public QObject
{
    Q_OBJECT

private slots:
    void sameAsAListWhateverHappens_data();
    void sameAsAListWhateverHappens();
    void lowerBoundFindsThePlaceInSortedRows();
    void unmarkedAreThoseThatWereNotMarkedSinceMarksWereBegun();
    void manyChunksLeaveNoneBehind();
};

void tst_RowList::sameAsAListWhateverHappens_data()
{
    QTest::addColumn<int>("largest"); // change at once
    QTest::addColumn<int>("steps");
    QTest::newRow("single rows") << 1 << 6'000;
    QTest::newRow("some rows") << 40 << 2'000;
    QTest::newRow("many chunks at once") << 2'000 << 200;
}

void tst_RowList::sameAsAListWhateverHappens()
{
    QFETCH(const int, largest);
    QFETCH(const int, steps);
    QRandomGenerator random(quint32(theSeed ^ (theSeed >> 32)));
    RowList rows;
    QStringList reference;
    int lastKey = 0;
    const auto below = [&random](qsizetype bound) { return qsizetype(random.bounded(int(bound))); };
    for (int step = 0; step < steps; ++step) {
        // Grows first, and shrinks to nothing at the end.
        const int dice = random.bounded(10);
        const bool isGrowing = dice < (step < steps / 2 ? 6 : 2);
        if (isGrowing || reference.isEmpty()) {
            QStringList fresh;
            for (qsizetype i = below(largest) + 1; i > 0; --i)
                fresh.append(text(++lastKey));
            const bool isAtEnd = random.bounded(2) == 0;
            const qsizetype row = isAtEnd ? reference.size() : below(reference.size() + 1);
            rows.insert(row, fresh.constData(), fresh.size());
            reference = reference.mid(0, row) + fresh + reference.mid(row);
        } else {
            const qsizetype first = below(reference.size());
            const qsizetype count =
                    below(std::min<qsizetype>(reference.size() - first, largest)) + 1;
            const QStringList some = reference.mid(first, count);
            reference.remove(first, count);
            if (dice == 9) {
                const qsizetype to = below(reference.size() + 1);
                rows.move(first, count, to);
                reference = reference.mid(0, to) + some + reference.mid(to);
            } else {
                rows.remove(first, count);
                QVERIFY(!rows.contains(some.first()));
                QCOMPARE(rows.rowOf(some.last()), -1);
            }
        }
        QCOMPARE(rows.size(), reference.size());
        if (!reference.isEmpty()) {
            const qsizetype row = below(reference.size());
            QCOMPARE(rows.at(row), reference.at(row));
            QCOMPARE(rows.rowOf(reference.at(row)), row);
        }
        if (step % (steps / 50) == 0) {
            QCOMPARE(rows.keys(), reference);
            for (qsizetype row = 0; row < reference.size(); ++row)
                QCOMPARE(rows.rowOf(reference.at(row)), row);
        }
        if (step % (steps / 5) == 1) {
            std::shuffle(reference.begin(), reference.end(), random);
            rows.rearrange(reference);
        }
    }
    QCOMPARE(rows.keys(), reference);
    rows.clear();
    QCOMPARE(rows.size(), 0);
}

void tst_RowList::lowerBoundFindsThePlaceInSortedRows()
{
    RowList rows;
    QCOMPARE(rows.lowerBound(text(1)), 0);
    QStringList sorted;
    for (int i = 1; i < 3'000; i += 2)
        sorted.append(QStringLiteral("%1").arg(i, 5, 10, QLatin1Char('0')));
    rows.insert(0, sorted.constData(), sorted.size());
    for (int i = 0; i < 3'000; ++i) {
        const QString key = QStringLiteral("%1").arg(i, 5, 10, QLatin1Char('0'));
        const auto place = std::lower_bound(sorted.cbegin(), sorted.cend(), key);
        QCOMPARE(rows.lowerBound(key), qsizetype(place - sorted.cbegin()));
    }
}

void tst_RowList::unmarkedAreThoseThatWereNotMarkedSinceMarksWereBegun()
{
    RowList rows;
    QStringList keys;
    for (int i = 0; i < 1'000; ++i)
        keys.append(text(i));
    rows.insert(0, keys.constData(), keys.size());
    for (int round = 1; round < 4; ++round) {
        rows.beginMarks();
        for (int i = 0; i < 1'000; ++i) {
            if (i % 100 != round) {
                QCOMPARE(rows.mark(text(i)), rows.rowAt(i));
                QVERIFY(!rows.mark(text(i))); // once
            }
        }
        QVERIFY(!rows.mark(text(-1)));
        for (int i = 0; i < 1'000; ++i)
            QCOMPARE(rows.isMarked(i), i % 100 != round);
    }
}

// Rows that are removed so that one of each chunk is left: the list behind still works.
void tst_RowList::manyChunksLeaveNoneBehind()
{
    RowList rows;
    QStringList keys;
    for (int i = 0; i < 50'000; ++i)
        keys.append(text(i));
    rows.insert(0, keys.constData(), keys.size());
    for (int i = 49'999; i >= 0; --i) {
        if (i % 256 != 7)
            rows.remove(i, 1);
    }
    QCOMPARE(rows.size(), 196);
    for (qsizetype row = 0; row < rows.size(); ++row)
        QCOMPARE(rows.rowOf(text(int(row) * 256 + 7)), row);
    rows.remove(0, rows.size());
    QCOMPARE(rows.size(), 0);
}

int main(int argc, char **argv)
{
    theSeed = takeSeed(argc, argv);
    QCoreApplication app(argc, argv);
    tst_RowList test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_rowlist.moc"
