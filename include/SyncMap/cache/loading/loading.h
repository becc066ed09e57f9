// SPDX-License-Identifier: MIT
//
// How a value comes that is not there: one load for each key, however many ask.
//
// Begin with loads.h, the table of those under way; load.h is one of them and those who wait for it,
// loaders.h what may be called, loadcontext.h what a loader may say, loadqueue.h who comes first.
//
// May use: expiry, removal.
#pragma once

#include <SyncMap/cache/loading/load.h>
#include <SyncMap/cache/loading/loadchain.h>
#include <SyncMap/cache/loading/loadcontext.h>
#include <SyncMap/cache/loading/loadedoptions.h>
#include <SyncMap/cache/loading/loaders.h>
#include <SyncMap/cache/loading/loadfailures.h>
#include <SyncMap/cache/loading/loadoptions.h>
#include <SyncMap/cache/loading/loadpool.h>
#include <SyncMap/cache/loading/loadqueue.h>
#include <SyncMap/cache/loading/loads.h>
#include <SyncMap/cache/loading/lookup.h>
