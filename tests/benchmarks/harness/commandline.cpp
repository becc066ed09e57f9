// SPDX-License-Identifier: MIT

#include "commandline.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfileinfo.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace Benchmark {

CommandLine::CommandLine(const QString &description)
{
    m_parser.setApplicationDescription(description);
    m_parser.addOptions({
            { { "h", "help" }, "Show this help." },
            { "rounds",
              "Keep <n> rounds of each cell, by default 9. Fewer than 5 are for trying the program "
              "out.",
              "n", "9" },
            { "noisy", "Keep noisy rounds, too. For trying the program out." },
            { "filter",
              "Run what has <text> in its name, as --list shows it. Given more than once, each "
              "text has to be there.",
              "text" },
            { "json", "Write everything that was measured to <file>.", "file" },
            { "list", "Show what there is to be measured, and measure nothing." },
    });
}

void CommandLine::addNumber(const QString &name, const QString &description,
                            const QString &byDefault)
{
    m_parser.addOption({ name, description, "n", byDefault });
}

void CommandLine::addFlag(const QString &name, const QString &description)
{
    m_parser.addOption({ name, description });
}

void CommandLine::parse()
{
    if (!m_parser.parse(QCoreApplication::arguments()))
        refuse(m_parser.errorText());
    if (m_parser.isSet("help")) {
        std::fputs(qPrintable(m_parser.helpText()), stdout);
        std::exit(0);
    }
    if (!m_parser.positionalArguments().isEmpty())
        refuse(QStringLiteral("what is '%1'?").arg(m_parser.positionalArguments().constFirst()));
    plan();
    if (m_parser.isSet("json") && jsonFile().isEmpty())
        refuse(QStringLiteral("--json wants the name of a file"));
}

Plan CommandLine::plan() const
{
    return { number(QStringLiteral("rounds"), 1, 1000), m_parser.isSet("noisy") };
}

bool CommandLine::wants(const QString &name) const
{
    const QStringList texts = m_parser.values("filter");
    return std::all_of(texts.begin(), texts.end(),
                       [&name](const QString &text) { return name.contains(text); });
}

int CommandLine::number(const QString &name, int lowest, int highest) const
{
    const QList<int> list = numbers(name, lowest, highest);
    if (list.size() != 1)
        refuse(QStringLiteral("--%1 wants one number").arg(name));
    return list.constFirst();
}

QList<int> CommandLine::numbers(const QString &name, int lowest, int highest) const
{
    QList<int> list;
    for (const QString &text : m_parser.value(name).split(u',')) {
        bool isNumber = false;
        const int value = text.toInt(&isNumber);
        if (!isNumber || value < lowest || value > highest)
            refuse(QStringLiteral("--%1 wants a number from %2 to %3, not '%4'")
                           .arg(name, QString::number(lowest), QString::number(highest), text));
        list.append(value);
    }
    return list;
}

void CommandLine::refuse(const QString &why)
{
    const QString program = QFileInfo(QCoreApplication::applicationFilePath()).fileName();
    std::fprintf(stderr, "%s: %s\nTry '%s --help'.\n", qPrintable(program), qPrintable(why),
                 qPrintable(program));
    std::exit(2);
}

} // namespace Benchmark
