// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qbytearray.h>
#include <QtCore/qmutex.h>

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

enum class Problem { Unreadable, Vanished, Changed, Circle, Dangling, Special, NotUtf8 };

const char *title(Problem problem);

// What is wrong with a tree is never fatal: all workers collect it here, and it is told at the end.
class Problems
{
public:
    using Found = std::map<std::pair<Problem, std::filesystem::path>, QByteArray>;

    // A name that is reported several times counts once for each kind of problem.
    void report(Problem problem, const std::filesystem::path &path, const QByteArray &why = {});
    void report(const std::filesystem::path &path, std::error_code error);

    // By kind, then by name.
    Found found() const;

private:
    mutable QMutex m_mutex;
    Found m_found;
};
