// SPDX-License-Identifier: MIT
//
// Saving the entries of a cache to a file, and restoring them.
//
// May use: expiry.
#pragma once

#include <SyncMap/cache/file/cachefile.h>
#include <SyncMap/cache/file/fileerror.h>
