// SPDX-License-Identifier: MIT

#include "problems.h"

const char *title(Problem problem)
{
    switch (problem) {
    case Problem::Unreadable:
        return "unreadable";
    case Problem::Vanished:
        return "vanished";
    case Problem::Changed:
        return "changed while read";
    case Problem::Circle:
        return "links in a circle";
    case Problem::Dangling:
        return "links to nothing";
    case Problem::Special:
        return "special, not opened";
    case Problem::NotUtf8:
        return "names not in UTF-8";
    }
    return "";
}

void Problems::report(Problem problem, const std::filesystem::path &path, const QByteArray &why)
{
    const QMutexLocker locker(&m_mutex);
    m_found.try_emplace({ problem, path }, why);
}

void Problems::report(const std::filesystem::path &path, std::error_code error)
{
    if (error == std::errc::operation_canceled)
        return; // by the user, which says nothing about the file
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
        report(Problem::Vanished, path);
    else if (error == std::errc::text_file_busy)
        report(Problem::Changed, path);
    else if (error == std::errc::too_many_symbolic_link_levels)
        report(Problem::Circle, path);
    else
        report(Problem::Unreadable, path, QByteArray::fromStdString(error.message()));
}

Problems::Found Problems::found() const
{
    const QMutexLocker locker(&m_mutex);
    return m_found;
}
