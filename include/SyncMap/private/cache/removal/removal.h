// SPDX-License-Identifier: MIT
//
// News of what left: who is told, in which thread, and how much of it may wait. And the index that
// finds what leaves with a tag.
//
// May use: no other room.
#pragma once

#include <SyncMap/private/cache/removal/courier.h>
#include <SyncMap/private/cache/removal/removallistener.h>
#include <SyncMap/private/cache/removal/tagindex.h>
