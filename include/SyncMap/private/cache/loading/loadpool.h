// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Where loaders run if the application has no pool for them. Loaders mostly wait for disks and
// networks, so it has more threads than there are processors; and it is not Qt's global pool, which
// on a small board has two threads, so that two slow loads would hold up everything else.
SYNCMAP_EXPORT QThreadPool *loadPool();

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
