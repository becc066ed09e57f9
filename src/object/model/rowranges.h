// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What of a row is other; the value with its status. Shown: nothing is, but views are to ask for what
// they show.
enum class RowAspect : quint8 { Shown, Status, Value };

struct RowChange
{
    qsizetype row;
    RowAspect aspect;
};
struct RowRange
{
    qsizetype first;
    qsizetype last;
    RowAspect aspect;
};

// The ranges in which views are told of changes, in order, and no more than \a most: each costs them
// about as much as many rows. To have fewer, the smallest gaps between them are closed, so that a few
// rows that did not change are in them, too. Sorts \a changes.
std::vector<RowRange> rangesOf(std::vector<RowChange> &changes, std::size_t most);

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
