// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qglobal.h>

namespace Benchmark {

// Lets the process keep what it frees, where the C library can be told to. Else whoever happens to
// make the heap grow pays for pages that the one before gave back to the system.
void keepFreedMemory();

// Bytes that are allocated at the moment, and bytes that the process has in memory; or -1 where
// that is not known.
qint64 heapBytes();
qint64 residentBytes();

// Gives freed memory back to the system, so that residentBytes() means something.
void giveBackFreedMemory();

} // namespace Benchmark
