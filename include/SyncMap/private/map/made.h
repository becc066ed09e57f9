// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What a function makes of what a key has. Those of users make a value, or nothing, which removes the
// key; the library's own may also leave it, and then nothing has happened.
template <typename T>
struct Made
{
    std::optional<T> value;
    bool isLeft; // then there is no value
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
