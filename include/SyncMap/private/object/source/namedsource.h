// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/cachesource.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What SyncCacheObject::publish() made known under the name, for other libraries than this one; null
// if there is nothing. Any thread.
SYNCMAP_EXPORT std::shared_ptr<CacheSource> sourceNamed(const QString &name);

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
