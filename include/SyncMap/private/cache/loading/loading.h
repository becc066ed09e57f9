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

#include <SyncMap/cache/synccacheloadcontext.h>
#include <SyncMap/cache/synccacheloadoptions.h>
#include <SyncMap/cache/synccachependingload.h>
#include <SyncMap/private/cache/loading/asker.h>
#include <SyncMap/private/cache/loading/blockedasker.h>
#include <SyncMap/private/cache/loading/callercontext.h>
#include <SyncMap/private/cache/loading/chain.h>
#include <SyncMap/private/cache/loading/contextasker.h>
#include <SyncMap/private/cache/loading/futureasker.h>
#include <SyncMap/private/cache/loading/gather.h>
#include <SyncMap/private/cache/loading/load.h>
#include <SyncMap/private/cache/loading/loadbase.h>
#include <SyncMap/private/cache/loading/loadedoptions.h>
#include <SyncMap/private/cache/loading/loaderrors.h>
#include <SyncMap/private/cache/loading/loaders.h>
#include <SyncMap/private/cache/loading/loadfailures.h>
#include <SyncMap/private/cache/loading/loadpool.h>
#include <SyncMap/private/cache/loading/loadqueue.h>
#include <SyncMap/private/cache/loading/loads.h>
#include <SyncMap/private/cache/loading/loadtable.h>
#include <SyncMap/private/cache/loading/lookout.h>
#include <SyncMap/private/cache/loading/lookup.h>
#include <SyncMap/private/cache/loading/parking.h>
#include <SyncMap/private/cache/loading/waits.h>
#include <SyncMap/private/cache/loading/writelog.h>
