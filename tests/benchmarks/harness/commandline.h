// SPDX-License-Identifier: MIT

#pragma once

#include "rounds.h"

#include <QtCore/qcommandlineparser.h>

namespace Benchmark {

// What all benchmarks understand: --rounds, --noisy, --filter, --json, --list. What is wrong with a command
// line is said in one sentence, and ends the process with exit code 2.
class CommandLine
{
public:
    explicit CommandLine(const QString &description);

    void addNumber(const QString &name, const QString &description, const QString &byDefault);
    void addFlag(const QString &name, const QString &description);
    void parse(); // the arguments of the application

    Plan plan() const;
    bool isListing() const { return m_parser.isSet(QStringLiteral("list")); }
    QString jsonFile() const { return m_parser.value(QStringLiteral("json")); }
    // True if the name contains each text that was given with --filter.
    bool wants(const QString &name) const;

    int number(const QString &name, int lowest, int highest) const;
    QList<int> numbers(const QString &name, int lowest, int highest) const; // parted by commas
    bool isSet(const QString &name) const { return m_parser.isSet(name); }

    [[noreturn]] static void refuse(const QString &why);

private:
    QCommandLineParser m_parser;
};

} // namespace Benchmark
