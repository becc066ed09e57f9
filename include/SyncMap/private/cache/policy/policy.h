// SPDX-License-Identifier: MIT
//
// Which entry goes when there is no room: evictionpolicy.h, LIRS by space-time, with an adaptive
// probation. entryqueue.h holds entries by classes of cost (costscale.h, loadtimes.h) and finds the one
// with the largest spacetime.h; ghosts.h remembers what was evicted. Knows hashes, costs and uses; no
// key, no value, and no time but the one that a load took.
//
// May use: no other room.
#pragma once

#include <SyncMap/private/cache/policy/costscale.h>
#include <SyncMap/private/cache/policy/entryhook.h>
#include <SyncMap/private/cache/policy/entryqueue.h>
#include <SyncMap/private/cache/policy/evictionpolicy.h>
#include <SyncMap/private/cache/policy/ghosts.h>
#include <SyncMap/private/cache/policy/loadtimes.h>
#include <SyncMap/private/cache/policy/runningmean.h>
#include <SyncMap/private/cache/policy/spacetime.h>
