// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

class PendingWrites;

// Writes that may be taken back, of all who show the map. Any thread.
class SourceWrites
{
public:
    // Null where nothing can be written. They end with the map, and have no effect then.
    virtual std::shared_ptr<PendingWrites> pendingWrites() { return nullptr; }

protected:
    SourceWrites() = default;
    Q_DISABLE_COPY_MOVE(SourceWrites)
    ~SourceWrites() = default;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
