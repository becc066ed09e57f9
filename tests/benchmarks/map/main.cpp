// SPDX-License-Identifier: MIT

// What operations on a SyncMap cost beside QHash, alone and with a lock, and beside other concurrent
// maps. README.md says what the cells are and how the rounds work.

#include "cell.h"
#include "contenders.h"
#include "summary.h"

#include "harness/commandline.h"
#include "harness/heap.h"
#include "harness/processors.h"
#include "harness/report.h"

#include <QtCore/qcoreapplication.h>

#include <cstdio>

namespace {

using namespace Benchmark;

void printHead(const QString &first, const QStringList &names)
{
    std::printf("%-62s", qPrintable(first));
    for (const QString &name : names) {
        QString shown = name;
        shown.replace(QStringLiteral("QHash+QReadWriteLock"), QStringLiteral("+QRWLock"))
                .replace(QStringLiteral("QHash+QMutex"), QStringLiteral("+QMutex"));
        std::printf(" %9s", qPrintable(shown));
    }
    std::printf("  %-20s %-24s %s\n", "to Qt's better", "to the best peer", "thrown away");
}

QString shown(const Comparison &comparison, bool withName)
{
    if (comparison.best.isEmpty())
        return QStringLiteral("-");
    const Spread &ratio = comparison.ratio;
    QString text = QString::asprintf("%.2f (%.2f-%.2f)", ratio.median, ratio.low, ratio.high);
    if (withName)
        text += u' ' + comparison.best;
    return text;
}

void print(const Cell &cell, const Outcome &outcome, const QStringList &names)
{
    std::printf("%-62s", qPrintable(cell.name()));
    if (outcome.isEmpty()) {
        std::printf("  the machine is too busy\n");
        return;
    }
    if (cell.operation == Operation::Scaling) {
        const Spread gain = outcome.ratio(1, 0);
        std::printf(" %9.2f %9.2f  gain of the second thread %.2f (%.2f-%.2f), thrown away %d\n",
                    outcome.rate(0) / 1e6, outcome.rate(1) / 1e6, gain.median, gain.low, gain.high,
                    outcome.thrownAway);
        return;
    }
    for (const QString &name : names) {
        const int index = outcome.indexOf(name);
        if (index < 0)
            std::printf(" %9s", "-");
        else
            std::printf(" %9.2f", outcome.rate(index) / 1e6);
    }
    std::printf("  %-20s %-24s %d\n", qPrintable(shown(comparedToBest(outcome, qtIdioms()), false)),
                qPrintable(shown(comparedToBest(outcome, peers()), true)), outcome.thrownAway);
    if (cell.operation == Operation::FindAll) {
        const Comparison one = comparedToBest(outcome, { QStringLiteral("SyncMap, one by one") });
        std::printf("%-62s %9.2f  findAll is %s times as fast\n", "    SyncMap, one by one",
                    outcome.rate(outcome.indexOf(QStringLiteral("SyncMap, one by one"))) / 1e6,
                    qPrintable(shown(one, false)));
    }
}

QJsonObject toJson(const Cell &cell, const Outcome &outcome)
{
    QJsonObject object = outcome.toJson();
    object.insert(QStringLiteral("name"), cell.name());
    object.insert(QStringLiteral("key"),
                  cell.keyType == KeyType::Integer ? QStringLiteral("quint64")
                                                   : QStringLiteral("QString"));
    object.insert(QStringLiteral("entries"), qint64(cell.entries));
    object.insert(QStringLiteral("choice"),
                  cell.choice == Choice::Hot ? QStringLiteral("hot") : QStringLiteral("uniform"));
    object.insert(QStringLiteral("operation"), cell.operationName());
    object.insert(QStringLiteral("threads"), cell.threads);
    return object;
}

class Program
{
public:
    Program(const CommandLine &commandLine)
        : m_commandLine(commandLine),
          m_length({ commandLine.number(QStringLiteral("length"), 1, 10'000) / 1e3 }),
          m_report(commandLine.jsonFile())
    {
        m_report.set(QStringLiteral("contestants"), QJsonArray::fromStringList(contenderNames()));
        m_report.set(QStringLiteral("versions"), QJsonArray::fromStringList(contenderVersions()));
        m_report.set(QStringLiteral("missing"), QJsonArray::fromStringList(missingContenders()));
        m_report.set(QStringLiteral("unit"), QStringLiteral("operations a second"));
    }

    // Cells with keys of one type in maps of one size: all maps are in memory at the same time.
    template <typename Key>
    void run(const QList<Cell> &cells)
    {
        if (cells.isEmpty())
            return;
        const Stock<Key> stock(cells.constFirst().entries);
        const ContenderList<Key> contenders = makeContenders<Key>(m_length);
        for (const auto &contender : contenders)
            contender->fill(stock);
        for (const Cell &cell : cells) {
            std::vector<Contestant> contestants;
            for (const auto &contender : contenders) {
                for (Contestant &contestant : contender->contestantsOf(cell))
                    contestants.push_back(std::move(contestant));
            }
            Measured measured { cell, measure(contestants, m_commandLine.plan()) };
            print(cell, measured.outcome, contenderNames());
            std::fflush(stdout);
            m_report.append(QStringLiteral("cells"), toJson(cell, measured.outcome));
            m_report.write();
            m_measured.push_back(std::move(measured));
        }
    }

    void end()
    {
        m_report.set(QStringLiteral("summary"), summarize(m_measured));
        m_report.write();
    }

private:
    const CommandLine &m_commandLine;
    const RunLength m_length;
    Report m_report;
    std::vector<Measured> m_measured;
};

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    CommandLine commandLine(QStringLiteral(
            "Measures SyncMap beside QHash, alone and with a lock, and beside other concurrent maps."));
    commandLine.addNumber(QStringLiteral("sizes"),
                          QStringLiteral("Maps with so many entries, parted by commas."),
                          QStringLiteral("1000,100000,1000000"));
    commandLine.addNumber(
            QStringLiteral("length"),
            QStringLiteral(
                    "Let each contestant run for about <n> ms in each round, by default 30."),
            QStringLiteral("30"));
    commandLine.parse();

    QList<quint64> sizes;
    for (const int size : commandLine.numbers(QStringLiteral("sizes"), 16, 100'000'000))
        sizes.append(quint64(size));
    QList<Cell> cells = allCells(sizes);
    cells.removeIf([&](const Cell &cell) { return !commandLine.wants(cell.name()); });
    if (cells.isEmpty())
        CommandLine::refuse(QStringLiteral("no cell has that in its name; --list shows them"));
    if (processorCount() < 2) {
        std::printf("One processor only: cells with two threads are left out.\n");
        cells.removeIf([](const Cell &cell) { return cell.threads > 1; });
    }
    if (commandLine.isListing()) {
        for (const Cell &cell : std::as_const(cells))
            std::puts(qPrintable(cell.name()));
    }
    std::printf("\nContestants: %s\n", qPrintable(contenderNames().join(QStringLiteral(", "))));
    for (const QString &version : contenderVersions())
        std::printf("    %s\n", qPrintable(version));
    for (const QString &missing : missingContenders())
        std::printf("Missing:  %s\n", qPrintable(missing));
    if (commandLine.isListing())
        return 0;

    keepFreedMemory();
    Program program(commandLine);
    std::printf("%s\n\n", qPrintable(machineText()));
    printHead(QStringLiteral("million operations a second (findAll: keys, iteration: entries)"),
              contenderNames());
    for (const KeyType keyType : { KeyType::Integer, KeyType::Text }) {
        for (const quint64 size : sizes) {
            QList<Cell> some = cells;
            some.removeIf([&](const Cell &cell) {
                return cell.keyType != keyType || cell.entries != size;
            });
            if (keyType == KeyType::Integer)
                program.run<quint64>(some);
            else
                program.run<QString>(some);
        }
    }
    program.end();
    return 0;
}
