// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/syncmapglobal.h>

namespace SyncMapInternal {

// Sleeps as long as \a mustWait(context) is true, which is asked again whenever somebody calls
// wakeAll() for that place. Whoever changes what it asks for does so first, and wakes then: so no
// change is missed. Places share a few queues; to wake the wrong ones costs time and nothing else.
SYNCMAP_EXPORT void waitWhile(const void *place, bool (*mustWait)(void *), void *context);
SYNCMAP_EXPORT void wakeAll(const void *place) noexcept;

// A moment for others, and a longer one the more rounds there were.
SYNCMAP_EXPORT void restFor(int round) noexcept;

} // namespace SyncMapInternal
