// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qstring.h>

namespace Benchmark {

// What the figures were measured on, and when: processor, cores, kernel, compiler, Qt, date,
// command line.
QJsonObject machine();
// The same in a line or two.
QString machineText();

// What a benchmark leaves in a file. A file that cannot be written ends the process with exit code
// 2, at the beginning, before anybody has waited for the figures.
class Report
{
public:
    explicit Report(const QString &file); // none if empty
    void set(const QString &name, const QJsonValue &value) { m_root.insert(name, value); }
    void append(const QString &list, const QJsonObject &item);
    // Also after each cell, so that a run that is interrupted leaves what it has.
    void write() const;

private:
    QString m_file;
    QJsonObject m_root;
};

} // namespace Benchmark
