// SPDX-License-Identifier: MIT
#include "model/rowranges.h"

#include <QtTest/qtest.h>

using namespace SyncMapInternal;

namespace {

std::vector<RowChange> changesOf(std::initializer_list<qsizetype> rows)
{
    std::vector<RowChange> changes;
    for (const qsizetype row : rows)
        changes.push_back({ row, RowAspect::Value });
    return changes;
}

QList<std::pair<qsizetype, qsizetype>> rowsOf(const std::vector<RowRange> &ranges)
{
    QList<std::pair<qsizetype, qsizetype>> rows;
    for (const RowRange &range : ranges)
        rows.append({ range.first, range.last });
    return rows;
}

using Rows = QList<std::pair<qsizetype, qsizetype>>;

} // namespace

class tst_RowRanges : public QObject
{
    Q_OBJECT

private slots:
    void neighboursAreOneRange();
    void rowThatComesTwiceIsToldOnceWithAll();
    void smallestGapsAreClosed();
    void ofEqualGapsAsManyAsItTakes();
};

void tst_RowRanges::neighboursAreOneRange()
{
    auto changes = changesOf({ 7, 2, 3, 1, 8 });
    QCOMPARE(rowsOf(rangesOf(changes, 100)), Rows({ { 1, 3 }, { 7, 8 } }));
    std::vector<RowChange> none;
    QVERIFY(rangesOf(none, 100).empty());
    // Unless something else of them is told.
    changes = changesOf({ 1, 2 });
    changes.push_back({ 3, RowAspect::Status });
    const auto ranges = rangesOf(changes, 100);
    QCOMPARE(rowsOf(ranges), Rows({ { 1, 2 }, { 3, 3 } }));
    QVERIFY(ranges[1].aspect == RowAspect::Status);
}

void tst_RowRanges::rowThatComesTwiceIsToldOnceWithAll()
{
    std::vector<RowChange> changes { { 5, RowAspect::Status }, { 5, RowAspect::Value } };
    const auto ranges = rangesOf(changes, 100);
    QCOMPARE(rowsOf(ranges), Rows({ { 5, 5 } }));
    QVERIFY(ranges[0].aspect == RowAspect::Value);
}

void tst_RowRanges::smallestGapsAreClosed()
{
    auto changes = changesOf({ 0, 10, 12, 50, 53, 100 });
    QCOMPARE(rowsOf(rangesOf(changes, 4)),
             Rows({ { 0, 0 }, { 10, 12 }, { 50, 53 }, { 100, 100 } }));
    QCOMPARE(rowsOf(rangesOf(changes, 6)).size(), qsizetype(6));
    QCOMPARE(rowsOf(rangesOf(changes, 1)), Rows({ { 0, 100 } }));
    changes = changesOf({ 0 });
    changes.push_back({ 2, RowAspect::Status });
    const auto ranges = rangesOf(changes, 1);
    QVERIFY(ranges[0].aspect == RowAspect::Value); // includes the other
}

void tst_RowRanges::ofEqualGapsAsManyAsItTakes()
{
    std::vector<RowChange> changes;
    for (qsizetype row = 0; row < 1'000; ++row)
        changes.push_back({ row * 3, RowAspect::Value });
    const auto ranges = rangesOf(changes, 100);
    QCOMPARE(ranges.size(), std::size_t(100));
    QCOMPARE(ranges.front().first, qsizetype(0));
    QCOMPARE(ranges.back().last, qsizetype(2997));
}

QTEST_APPLESS_MAIN(tst_RowRanges)
#include "tst_rowranges.moc"
