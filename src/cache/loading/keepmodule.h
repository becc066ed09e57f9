// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What has the library's code, a plugin, say, that is linked to it statically, stays in memory to the
// end of the program, also if it is unloaded. Where the system does not know how, nothing happens.
void keepModule() noexcept;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
