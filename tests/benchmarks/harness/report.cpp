// SPDX-License-Identifier: MIT

#include "report.h"

#include "commandline.h"
#include "processors.h"
#include "quiet.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdatetime.h>
#include <QtCore/qdir.h>
#include <QtCore/qfile.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qsavefile.h>
#include <QtCore/qsysinfo.h>

namespace Benchmark {

namespace {

QString processorModel()
{
    QFile file(QStringLiteral("/proc/cpuinfo"));
    if (file.open(QFile::ReadOnly)) {
        const QList<QByteArray> lines = file.readAll().split('\n');
        for (const QByteArray &line : lines) {
            if (line.startsWith("model name"))
                return QString::fromUtf8(line.mid(line.indexOf(':') + 1).trimmed());
        }
    }
    return QSysInfo::currentCpuArchitecture();
}

QString compiler()
{
#if defined(Q_CC_CLANG)
    return QStringLiteral("clang " __clang_version__).trimmed();
#elif defined(Q_CC_GNU)
    return QStringLiteral("GCC " __VERSION__);
#elif defined(Q_CC_MSVC)
    return QStringLiteral("MSVC %1").arg(_MSC_FULL_VER);
#else
    return QStringLiteral("unknown");
#endif
}

QString commandLine()
{
    QStringList arguments = QCoreApplication::arguments();
    if (!arguments.isEmpty())
        arguments.first() = QFileInfo(arguments.constFirst()).fileName();
    return arguments.join(u' ');
}

} // namespace

QJsonObject machine()
{
    static const QJsonObject all {
        { QStringLiteral("processor"), processorModel() },
        { QStringLiteral("cores"), processorCount() },
        { QStringLiteral("gainOfTwoThreads"), processorCount() > 1 ? gainOfTwoThreads() : 1 },
        { QStringLiteral("system"), QSysInfo::prettyProductName() },
        { QStringLiteral("kernel"), QSysInfo::kernelType() + u' ' + QSysInfo::kernelVersion() },
        { QStringLiteral("compiler"), compiler() },
        { QStringLiteral("qt"), QString::fromLatin1(qVersion()) },
        { QStringLiteral("date"), QDateTime::currentDateTimeUtc().toString(Qt::ISODate) },
        { QStringLiteral("command"), commandLine() },
    };
    return all;
}

QString machineText()
{
    const QJsonObject all = machine();
    const auto text = [&all](const char *name) {
        return all.value(QLatin1String(name)).toString();
    };
    return QStringLiteral("%1, %2 cores (two spinning threads do %3 times the work of one), %4, "
                          "%5\n%6, Qt %7, %8, %9")
            .arg(text("processor"), QString::number(all.value(u"cores").toInt()),
                 QString::number(all.value(u"gainOfTwoThreads").toDouble(), 'f', 2), text("system"),
                 text("kernel"), text("compiler"), text("qt"), text("date"), text("command"));
}

Report::Report(const QString &file) : m_file(file)
{
    m_root.insert(QStringLiteral("machine"), machine());
    write();
}

void Report::append(const QString &list, const QJsonObject &item)
{
    QJsonArray items = m_root.value(list).toArray();
    items.append(item);
    m_root.insert(list, items);
}

void Report::write() const
{
    if (m_file.isEmpty())
        return;
    QSaveFile file(m_file);
    if (!file.open(QFile::WriteOnly) || file.write(QJsonDocument(m_root).toJson()) < 0
        || !file.commit())
        CommandLine::refuse(QStringLiteral("cannot write %1: %2").arg(m_file, file.errorString()));
}

} // namespace Benchmark
