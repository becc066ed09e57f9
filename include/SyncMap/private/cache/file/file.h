// SPDX-License-Identifier: MIT
//
// Saving the entries of a cache to a file, and restoring them.
//
// May use: expiry.
#pragma once

#include <SyncMap/private/cache/file/cachefile.h>
#include <SyncMap/private/cache/file/fileerror.h>
