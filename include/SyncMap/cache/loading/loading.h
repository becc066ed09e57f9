// SPDX-License-Identifier: MIT
//
// How a value comes that is not there: one load for each key, however many ask.
//
// Begin with loads.h, which asks and runs. load.h is one of those under way, asker.h who waits for it,
// be it with a future, a function or a blocked thread (futureasker.h, contextasker.h,
// blockedasker.h), loadtable.h which there are; loaders.h is what may be called, loadcontext.h what a
// loader may say, pendingload.h what a caller has. Below these nobody knows keys or values: loadbase.h
// is what is claimed once, loadqueue.h who comes first, waits.h who waits for whom, parking.h how Qt
// finds what somebody waits for, lookout.h who sees that he has cancelled, callercontext.h whose end is
// somebody's, chain.h the lists of all of these.
//
// May use: expiry, removal.
#pragma once

#include <SyncMap/cache/loading/asker.h>
#include <SyncMap/cache/loading/blockedasker.h>
#include <SyncMap/cache/loading/callercontext.h>
#include <SyncMap/cache/loading/chain.h>
#include <SyncMap/cache/loading/contextasker.h>
#include <SyncMap/cache/loading/futureasker.h>
#include <SyncMap/cache/loading/gather.h>
#include <SyncMap/cache/loading/load.h>
#include <SyncMap/cache/loading/loadbase.h>
#include <SyncMap/cache/loading/loadcontext.h>
#include <SyncMap/cache/loading/loadedoptions.h>
#include <SyncMap/cache/loading/loaderrors.h>
#include <SyncMap/cache/loading/loaders.h>
#include <SyncMap/cache/loading/loadfailures.h>
#include <SyncMap/cache/loading/loadoptions.h>
#include <SyncMap/cache/loading/loadpool.h>
#include <SyncMap/cache/loading/loadqueue.h>
#include <SyncMap/cache/loading/loads.h>
#include <SyncMap/cache/loading/loadtable.h>
#include <SyncMap/cache/loading/lookout.h>
#include <SyncMap/cache/loading/lookup.h>
#include <SyncMap/cache/loading/parking.h>
#include <SyncMap/cache/loading/pendingload.h>
#include <SyncMap/cache/loading/waits.h>
#include <SyncMap/cache/loading/writelog.h>
