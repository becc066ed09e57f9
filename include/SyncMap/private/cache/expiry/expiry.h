// SPDX-License-Identifier: MIT
//
// Times: what is due, without a look at what is not. Moments and spans that saturate, the clocks that
// they are of, and the timer wheel that deadlines wait in.
//
// May use: no other room.
#pragma once

#include <SyncMap/cache/synccacheclock.h>
#include <SyncMap/private/cache/expiry/applicationtimer.h>
#include <SyncMap/private/cache/expiry/deadline.h>
#include <SyncMap/private/cache/expiry/freedmemory.h>
#include <SyncMap/private/cache/expiry/suspendedtime.h>
#include <SyncMap/private/cache/expiry/timerwheel.h>
