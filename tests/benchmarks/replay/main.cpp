// SPDX-License-Identifier: MIT

// Replays traces of accesses on a SyncCache and prints its hit ratios.
//
//   replay TRACE SIZE [THREADS]...   for each number of threads, or with one
//   replay --table FOLDER            beside published policies; see table.h

#include "harness/report.h"
#include "replay.h"
#include "table.h"

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>

#include <cstdio>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addPositionalArgument(QStringLiteral("TRACE"),
                                 QStringLiteral("a key per line; - is the standard input"));
    parser.addPositionalArgument(QStringLiteral("SIZE"), QStringLiteral("entries of the cache"));
    parser.addPositionalArgument(QStringLiteral("THREADS"),
                                 QStringLiteral("they take the requests in turn"),
                                 QStringLiteral("[THREADS]..."));
    parser.addOptions({
            { QStringLiteral("by-size"),
              QStringLiteral("costs that differ by key, bounded by 4096 for each entry") },
            { QStringLiteral("table"),
              QStringLiteral("all rows of FOLDER, beside published policies"),
              QStringLiteral("FOLDER") },
            { QStringLiteral("json"), QStringLiteral("the table for plot.py"),
              QStringLiteral("FILE") },
    });
    parser.process(application);
    const QStringList arguments = parser.positionalArguments();
    if (parser.isSet(QStringLiteral("table")) && arguments.isEmpty()) {
        Benchmark::Report report(parser.value(QStringLiteral("json")));
        return printTable(parser.value(QStringLiteral("table")), report) ? 0 : 1;
    }
    Setting setting;
    setting.entries = arguments.value(1).toLongLong();
    if (setting.entries <= 0) {
        std::fprintf(stderr, "usage: replay TRACE SIZE [THREADS]..., or replay --table FOLDER\n");
        return 2;
    }
    if (parser.isSet(QStringLiteral("by-size")))
        setting.costs = Costs::ByKey;
    const Trace trace = readTrace(arguments.constFirst());
    if (trace.empty()) {
        std::fprintf(stderr, "replay: %s has no keys, or cannot be read\n",
                     qPrintable(arguments.constFirst()));
        return 1;
    }
    QStringList threads = arguments.mid(2);
    if (threads.isEmpty())
        threads.append(QStringLiteral("1"));
    for (qsizetype i = 0; i < threads.size(); ++i) {
        setting.threads = qMax(1, threads.at(i).toInt());
        std::printf("%.4f%c", replay(trace, setting).hitRatio,
                    i + 1 == threads.size() ? '\n' : '\t');
    }
    return 0;
}
