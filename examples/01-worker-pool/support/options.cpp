// SPDX-License-Identifier: MIT

#include "options.h"

#include "text.h"

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qthread.h>

#include <cstdio>
#include <optional>

namespace fs = std::filesystem;

namespace {

// Arguments as text from which the original bytes can be had back: a directory's name need not be
// UTF-8, and Qt's own list of arguments would lose such a name.
QStringList losslessArguments(int argc, char **argv)
{
#ifdef Q_OS_WIN
    Q_UNUSED(argc)
    Q_UNUSED(argv)
    return QCoreApplication::arguments();
#else
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments += QString::fromLatin1(argv[i]);
    return arguments;
#endif
}

fs::path toPath(const QString &argument)
{
#ifdef Q_OS_WIN
    return argument.toStdWString();
#else
    return argument.toLatin1().toStdString();
#endif
}

// A tree that is there and worth a look.
fs::path defaultDirectory()
{
    for (const char *candidate : { "/usr/share/doc", "/usr/include", "/usr/share" }) {
        std::error_code error;
        const fs::directory_iterator entry(candidate, error);
        if (!error && entry != fs::directory_iterator())
            return candidate;
    }
    return ".";
}

std::optional<int> number(const QString &text, int smallest, int largest)
{
    bool ok = false;
    const int value = text.toInt(&ok);
    return ok && value >= smallest && value <= largest ? std::optional(value) : std::nullopt;
}

ExitCode badUsage(const QString &why)
{
    std::fprintf(stderr, "worker-pool: %s\nTry 'worker-pool --help'.\n",
                 printable(toPath(why)).constData());
    return ExitCode::BadUsage;
}

} // namespace

std::variant<Options, ExitCode> parseArguments(int argc, char **argv)
{
    const QCommandLineOption help({ "h", "help" }, "Show this help.");
    const QCommandLineOption version({ "v", "version" }, "Show the version.");
    const QCommandLineOption workers({ "w", "workers" },
                                     "Use <n> worker threads, by default one per core.", "n",
                                     QString::number(QThread::idealThreadCount()));
    const QCommandLineOption top({ "t", "top" },
                                 "List the <n> groups that waste most, by default 3.", "n", "3");

    QCommandLineParser parser;
    parser.setApplicationDescription(
            "Finds files with the same content: worker threads share what\n"
            "they read through one SyncMap. Links count as names of a file.");
    parser.addOptions({ help, version, workers, top });
    parser.addPositionalArgument(
            "directory", "What to look through, by default a tree of this system.", "[directory]");

    if (!parser.parse(losslessArguments(argc, argv)))
        return badUsage(parser.errorText());
    if (parser.isSet(help)) {
        std::fputs(qPrintable(parser.helpText()), stdout);
        std::puts("\nExit code: 0 done, 1 unreadable directory, 2 bad usage, 130 Ctrl-C.");
        return ExitCode::Done;
    }
    if (parser.isSet(version)) {
        std::puts("worker-pool " WORKER_POOL_VERSION);
        return ExitCode::Done;
    }

    const QStringList directories = parser.positionalArguments();
    const std::optional<int> workerCount = number(parser.value(workers), 1, 1000);
    const std::optional<int> groupCount = number(parser.value(top), 0, 1'000'000);
    if (directories.size() > 1)
        return badUsage("one directory at a time");
    if (!workerCount)
        return badUsage("--workers takes a number from 1 to 1000");
    if (!groupCount)
        return badUsage("--top takes a number from 0 to 1000000");
    return Options { directories.isEmpty() ? defaultDirectory() : toPath(directories.first()),
                     *workerCount, *groupCount };
}
