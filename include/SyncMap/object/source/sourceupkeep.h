// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/options.h>

#include <QtCore/qstring.h>

namespace SyncMapInternal {

// What becomes old, or too much. Any thread. A plain map knows nothing of it.
class SourceUpkeep
{
public:
    virtual bool invalidate(const QString &) { return false; }
    virtual void invalidateAll() { }
    virtual qint64 removeByTag(const QString &) { return 0; }
    virtual void trim(SyncTrimLevel) { }

protected:
    SourceUpkeep() = default;
    Q_DISABLE_COPY_MOVE(SourceUpkeep)
    ~SourceUpkeep() = default;
};

} // namespace SyncMapInternal
