// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qmutex.h>
#include <QtCore/qstring.h>

#include <mutex>

namespace SyncMapInternal {

// Why the last file operation of a cache failed.
class FileError
{
public:
    QString text() const
    {
        const std::lock_guard lock(m_mutex);
        return m_text;
    }
    void set(const QString &text)
    {
        const std::lock_guard lock(m_mutex);
        m_text = text;
    }

private:
    mutable QMutex m_mutex;
    QString m_text;
};

} // namespace SyncMapInternal
