// SPDX-License-Identifier: MIT
#pragma once

#include "modelworld.h"

// Over-aligned memory, which Relacy does not know of: kept until the end of the execution, so that
// what still points there is found out. To be included once in a program.

namespace Model {

inline void *allocateAligned(std::size_t size, std::align_val_t alignment)
{
    const std::size_t unit = std::size_t(alignment);
    void *memory = std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
    World::instance().allocated(memory, size, true);
    return memory;
}

inline void freeAligned(void *memory)
{
    if (memory && (!World::instance().isOn() || !World::instance().freed(memory)))
        std::free(memory);
}

} // namespace Model

void *operator new(std::size_t size, std::align_val_t alignment)
{
    return Model::allocateAligned(size, alignment);
}
void *operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t &) noexcept
{
    return Model::allocateAligned(size, alignment);
}
void operator delete(void *memory, std::align_val_t) noexcept
{
    Model::freeAligned(memory);
}
void operator delete(void *memory, std::size_t, std::align_val_t) noexcept
{
    Model::freeAligned(memory);
}
