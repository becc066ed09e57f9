// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>

#include <QtCore/qstring.h>

#include <functional>

class QObject;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// To and from files. Any thread; how it ended is told in the one that calls. A plain map refuses.
class SYNCMAP_EXPORT SourceFiles
{
public:
    using FileResult = std::function<void(const SyncCacheError &error)>;
    virtual void save(QObject *context, const QString &fileName, const FileResult &done);
    virtual void restore(QObject *context, const QString &fileName, const FileResult &done);

protected:
    SourceFiles() = default;
    Q_DISABLE_COPY_MOVE(SourceFiles)
    ~SourceFiles() = default;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
