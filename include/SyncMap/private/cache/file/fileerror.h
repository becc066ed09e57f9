// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qmutex.h>
#include <QtCore/qstring.h>

#include <mutex>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Why the last file operation of a cache failed.
class FileError
{
public:
    SyncCacheError error() const
    {
        const std::lock_guard lock(m_mutex);
        return m_error;
    }
    void set(SyncCacheError error)
    {
        const std::lock_guard lock(m_mutex); // the old one outlives it
        m_error.swap(error);
    }

private:
    mutable QMutex m_mutex;
    SyncCacheError m_error;
};

// The texts are the library's own, and translated there.
enum class FormatProblem : quint8 { OtherTypes, OtherEntries, GoesOn, CannotWrite };
SYNCMAP_EXPORT SyncCacheError formatError(FormatProblem problem, const QString &fileName);

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
