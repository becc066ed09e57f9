// SPDX-License-Identifier: MIT
#include "table.h"

#include "harness/report.h"
#include "replay.h"

#include <SyncMap/private/cache/policy/policy.h>

#include <QtCore/qfile.h>
#include <QtCore/qhash.h>
#include <QtCore/qtextstream.h>

#include <cmath>
#include <cstdio>

namespace {

using Row = QHash<QString, QString>; // by the name of the column
using Benchmark::Report;

QList<Row> readTable(const QString &name)
{
    QFile file(name);
    if (!file.open(QFile::ReadOnly | QFile::Text)) {
        std::fprintf(stderr, "replay: cannot read %s\n", qPrintable(name));
        return {};
    }
    QTextStream stream(&file);
    const QStringList columns = stream.readLine().split(u'\t');
    QList<Row> rows;
    while (!stream.atEnd()) {
        const QStringList cells = stream.readLine().split(u'\t');
        Row row;
        for (qsizetype i = 0; i < qMin(cells.size(), columns.size()); ++i)
            row.insert(columns.at(i), cells.at(i));
        rows.append(row);
    }
    return rows;
}

struct Line
{
    QString trace;
    qint64 entries = 0;
    // Costs alike.
    double unit = 0;
    double twoThreads = 0;
    double lru = 0;
    double best = 0; // of the published policies, in this row
    // Costs by key, with ghosts in a share of the bound, or in what the cache takes by itself.
    double bySize = 0; // 1/64
    double few = 0; // 1/1024
    double free = 0;
    double lruBySize = 0;
    double gdsf = 0;
    double future = 0;
    // By all factors, of both.
    double change = 0;
    // Load times by key, costs alike.
    double waiting = 0;
    double waitingIgnored = 0;
    double policyBytes = 0;
};

Line measured(const Trace &trace, qint64 entries)
{
    Line line;
    line.entries = entries;
    Setting unit;
    unit.entries = entries;
    const Replayed ours = replay(trace, unit);
    line.unit = ours.hitRatio;
    line.policyBytes = ours.policyBytesPerEntry;
    Setting two = unit;
    two.threads = 2;
    line.twoThreads = replay(trace, two).hitRatio;
    line.waiting = waitingRatio(trace, unit, true);
    line.waitingIgnored = waitingRatio(trace, unit, false);

    Setting sized = unit;
    sized.costs = Costs::ByKey;
    line.free = replay(trace, sized).hitRatio;
    sized.ghostShare = 1024;
    line.few = replay(trace, sized).hitRatio;
    sized.ghostShare = 64;
    line.bySize = replay(trace, sized).hitRatio;
    for (const qint64 factor : { Q_INT64_C(100), Q_INT64_C(65'536), Q_INT64_C(1) << 20 }) {
        unit.factor = sized.factor = factor;
        line.change = qMax(line.change, std::abs(replay(trace, unit).hitRatio - line.unit));
        line.change = qMax(line.change, std::abs(replay(trace, sized).hitRatio - line.bySize));
    }
    return line;
}

double bestOf(const Row &row)
{
    double best = 0;
    for (auto it = row.begin(); it != row.end(); ++it) {
        if (it.key() != u"opt" && it.key() != u"trace" && it.key() != u"percent"
            && it.key() != u"size")
            best = qMax(best, it.value().toDouble());
    }
    return best;
}

// The mean of a column, and the row in which it is least beside another.
class Summary
{
public:
    explicit Summary(const QList<Line> &lines) : m_lines(lines) { }

    template <typename Column>
    double mean(Column &&column) const
    {
        double sum = 0;
        for (const Line &line : m_lines)
            sum += column(line);
        return sum / double(m_lines.size());
    }
    template <typename Difference>
    QString worst(Difference &&difference) const
    {
        const Line *least = &m_lines.first();
        for (const Line &line : m_lines) {
            if (difference(line) < difference(*least))
                least = &line;
        }
        return QStringLiteral("%1 points (%2, %3 entries)")
                .arg(100 * difference(*least), 0, 'f', 1)
                .arg(least->trace)
                .arg(least->entries);
    }

private:
    const QList<Line> &m_lines;
};

void print(const Line &line)
{
    std::printf("%-14s %7lld  %.4f %.4f  %.4f %.4f   %.4f %.4f %.4f  %.4f %.4f %.4f   %.4f   %.4f "
                "%.4f\n",
                qPrintable(line.trace), static_cast<long long>(line.entries), line.unit,
                line.twoThreads, line.lru, line.best, line.bySize, line.few, line.free,
                line.lruBySize, line.gdsf, line.future, line.change, line.waiting,
                line.waitingIgnored);
    std::fflush(stdout);
}

QJsonObject toJson(const Line &line)
{
    return {
        { QStringLiteral("trace"), line.trace },
        { QStringLiteral("entries"), line.entries },
        { QStringLiteral("unit"), line.unit },
        { QStringLiteral("twoThreads"), line.twoThreads },
        { QStringLiteral("lru"), line.lru },
        { QStringLiteral("best"), line.best },
        { QStringLiteral("bySize"), line.bySize },
        { QStringLiteral("fewGhosts"), line.few },
        { QStringLiteral("freeGhosts"), line.free },
        { QStringLiteral("lruBySize"), line.lruBySize },
        { QStringLiteral("gdsf"), line.gdsf },
        { QStringLiteral("future"), line.future },
        { QStringLiteral("change"), line.change },
        { QStringLiteral("waiting"), line.waiting },
        { QStringLiteral("waitingIgnored"), line.waitingIgnored },
        { QStringLiteral("policyBytes"), line.policyBytes },
    };
}

void printSummary(const QList<Line> &lines)
{
    const Summary all(lines);
    Line mean;
    mean.trace = QStringLiteral("mean");
    for (double Line::*column :
         { &Line::unit, &Line::twoThreads, &Line::lru, &Line::best, &Line::bySize, &Line::few,
           &Line::free, &Line::lruBySize, &Line::gdsf, &Line::future, &Line::change, &Line::waiting,
           &Line::waitingIgnored, &Line::policyBytes })
        mean.*column = all.mean([column](const Line &line) { return line.*column; });
    print(mean);
    const auto print = [](const char *what, const QString &value) {
        std::printf("%-58s %s\n", what, qPrintable(value));
    };
    print("worst row, costs alike, beside LRU:",
          all.worst([](const Line &line) { return line.unit - line.lru; }));
    print("worst row, by size, beside the better of LRU and GDSF:", all.worst([](const Line &line) {
        return line.bySize - qMax(line.lruBySize, line.gdsf);
    }));
    print("widest change by the unit of cost:",
          all.worst([](const Line &line) { return -line.change; }));
    print("bytes of the policy for each entry, in it and beside:",
          QStringLiteral("%1 + %2")
                  .arg(sizeof(SyncMapInternal::EntryHook))
                  .arg(mean.policyBytes, 0, 'f', 1));
}

} // namespace

bool printTable(const QString &folder, Report &report)
{
    const QList<Row> rows = readTable(folder + QStringLiteral("/reference.tsv"));
    QHash<QString, Row> bySize;
    for (const Row &row : readTable(folder + QStringLiteral("/sizes.tsv")))
        bySize.insert(row.value(QStringLiteral("trace")) + row.value(QStringLiteral("size")), row);
    if (rows.isEmpty() || bySize.isEmpty())
        return false;
    std::printf("%-14s %7s  %s\n%-14s %7s  %6s %6s  %6s %6s   %6s %6s %6s  %6s %6s %6s   %6s   %6s "
                "%6s\n",
                "", "", "costs alike                   costs by key, and ghosts in", "trace",
                "entries", "ours", "2 thr.", "LRU", "best", "1/64", "1/1024", "free", "LRU", "GDSF",
                "future", "scale", "wait", "as one");
    QList<Line> lines;
    QString name;
    Trace trace;
    for (const Row &row : rows) {
        if (name != row.value(QStringLiteral("trace"))) {
            name = row.value(QStringLiteral("trace"));
            trace = readTrace(folder + u'/' + name + QStringLiteral(".trace"));
        }
        if (trace.empty()) {
            std::fprintf(stderr, "replay: %s has no keys, or cannot be read\n", qPrintable(name));
            return false;
        }
        const QString size = row.value(QStringLiteral("size"));
        Line line = measured(trace, size.toLongLong());
        line.trace = name;
        line.lru = row.value(QStringLiteral("lru")).toDouble();
        line.best = bestOf(row);
        const Row sized = bySize.value(name + size);
        line.lruBySize = sized.value(QStringLiteral("lru")).toDouble();
        line.gdsf = sized.value(QStringLiteral("gdsf")).toDouble();
        line.future = sized.value(QStringLiteral("future")).toDouble();
        print(line);
        report.append(QStringLiteral("rows"), toJson(line));
        lines.append(line);
    }
    printSummary(lines);
    report.write();
    return true;
}
