// SPDX-License-Identifier: MIT
//
// A map or a cache of any types, seen as one of texts and variants.
//
// Begin with cachesource.h, which is what an object shows: small interfaces, each of what somebody
// needs of it (sourcevalues.h, sourcekeys.h, sourcenews.h, sourcenumbers.h, sourceupkeep.h,
// sourceloads.h, sourcefiles.h, sourcewrites.h). typedsource.h is one for a map of given types, and says in which order
// its parts rest on one another. futureload.h is a load of its, derivedkeys.h which keys are made of
// which others, pendingwrites.h what may be taken back (watchedwrites.h tells it of other writes), keptobjects.h
// which QObjects are values (watchedobjects.h makes it the map's), namedsource.h how other libraries find what was published.
//
// May use: news, value.
#pragma once

#include <SyncMap/private/object/source/cachesource.h>
#include <SyncMap/private/object/source/derivedkeys.h>
#include <SyncMap/private/object/source/futureload.h>
#include <SyncMap/private/object/source/namedsource.h>
#include <SyncMap/private/object/source/pendingwrites.h>
#include <SyncMap/private/object/source/requirements.h>
#include <SyncMap/private/object/source/sourceerrors.h>
#include <SyncMap/private/object/source/typedsource.h>
