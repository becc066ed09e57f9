// SPDX-License-Identifier: MIT
//
// Which entry goes when there is no room: LIRS with an adaptive probation, and the ghosts of what was
// evicted. Knows hashes, costs and uses; no key, no value, no time.
//
// May use: no other room.
#pragma once

#include <SyncMap/cache/policy/entryhook.h>
#include <SyncMap/cache/policy/evictionpolicy.h>
#include <SyncMap/cache/policy/ghosts.h>
