// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/cache/synccachetrimlevel.h>

#include <QtCore/qstring.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What becomes old, or too much. Any thread. A plain map knows nothing of it.
class SourceUpkeep
{
public:
    virtual bool invalidate(const QString &) { return false; }
    virtual void invalidateAll() { }
    virtual qint64 removeByTag(const QString &) { return 0; }
    virtual void trim(SyncCacheTrimLevel) { }

protected:
    SourceUpkeep() = default;
    Q_DISABLE_COPY_MOVE(SourceUpkeep)
    ~SourceUpkeep() = default;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
