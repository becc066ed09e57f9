// SPDX-License-Identifier: MIT
#pragma once

namespace Model {

// Which thread of the execution runs: what stands for thread-local storage in the stubs, which do not
// know Relacy.
inline unsigned (*currentThread)() = nullptr;

} // namespace Model
