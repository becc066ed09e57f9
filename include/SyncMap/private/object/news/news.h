// SPDX-License-Identifier: MIT
//
// How a write becomes news for the thread of an object.
//
// Begin with changelog.h, which writers tell of a key: it keeps those that changed in stripes
// (stripelock.h), each once (pendingkeys.h), and rings newsbell.h, which posts one event however often
// it is rung.
//
// May use: no other room.
#pragma once

#include <SyncMap/private/object/news/changelog.h>
#include <SyncMap/private/object/news/newsbell.h>
#include <SyncMap/private/object/news/pendingkeys.h>
#include <SyncMap/private/object/news/stripelock.h>
