// SPDX-License-Identifier: MIT
#include "logging.h"

#include <SyncMap/syncmapglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

Q_LOGGING_CATEGORY(lcObject, "syncmap.object", QtWarningMsg)

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
