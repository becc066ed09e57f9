// SPDX-License-Identifier: MIT
//
// What keys and values take in bytes, for those who bound a cache by them.
//
// May use: no other room.
#pragma once

#include <SyncMap/cache/weight/bytesize.h>
#include <SyncMap/cache/weight/byteweigher.h>
