// SPDX-License-Identifier: MIT

// Finds files with the same content. The workers of a QThreadPool read and hash the files of a
// directory and share the results through one SyncMap: that part is in scan.h.

#include "compare.h"
#include "report.h"
#include "support/options.h"
#include "support/progress.h"
#include "support/text.h"

#include <QtConcurrent/qtconcurrentrun.h>
#include <QtCore/qcoreapplication.h>

#include <cstdio>

static ExitCode findDuplicates(const Options &options)
{
    QThreadPool pool;
    pool.setMaxThreadCount(options.workers);

    Problems problems;
    std::error_code error;
    Tree tree;
    follow(QtConcurrent::run(&pool, [&] { tree = listTree(options.directory, problems, error); }),
           "Listing");
    if (error) {
        std::fprintf(stderr, "worker-pool: cannot read '%s': %s\n",
                     printable(options.directory).constData(), error.message().c_str());
        return ExitCode::NoDirectory;
    }

    Scan<SyncMap> scan(tree, problems);
    follow(scan.askAll(pool), "Reading");

    std::printf("%s, %s\n\n", printable(options.directory).constData(),
                counted(options.workers, "worker", "workers").constData());
    printResults(tree, scan, problems, options.groups);
    std::fflush(stdout); // the comparison takes a while

    if (!interrupted() && !scan.map.isEmpty()) // else there is nothing to ask
        printContests(compare(tree, scan, options.workers));
    if (!interrupted())
        return ExitCode::Done;
    std::puts("\n  interrupted");
    return ExitCode::Interrupted;
}

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const std::variant<Options, ExitCode> options = parseArguments(argc, argv);
    if (const ExitCode *done = std::get_if<ExitCode>(&options))
        return int(*done);
    watchForInterrupt();
    return int(findDuplicates(std::get<Options>(options)));
}
