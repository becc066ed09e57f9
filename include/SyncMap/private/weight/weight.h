// SPDX-License-Identifier: MIT
//
// What keys and values take in bytes: for reclamation, which looks how much memory waits for it, and
// for those who bound a cache by it.
//
// May use: Qt Core, and of the other layers reclamation/syncmapglobal.h.
#pragma once

#include <SyncMap/weight/syncbytesize.h>
#include <SyncMap/weight/syncbyteweigher.h>
