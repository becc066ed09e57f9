// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// To be called now and then by who frees very many small blocks, and must not stop for long. The
// allocator of glibc puts off joining small blocks with their neighbours until a large one is freed, and
// then joins them all: half a million of them take 50 ms, in whoever frees the large one. This frees one.
// Elsewhere it does nothing.
SYNCMAP_EXPORT void joinFreedMemory() noexcept;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
