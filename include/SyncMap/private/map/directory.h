// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/retired.h>

#include <atomic>
#include <new>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The array of shards by the top bits of the hash (extendible hashing: Fagin, Nievergelt,
// Pippenger, Strong, 1979). Shards of less depth than the directory stand in several entries. No
// entry is ever null. Entries are written under the map's directory lock, and only in the current
// directory: a directory that was replaced keeps what it had. While some entries of a shard lead to
// it and others still to what was before, its lock is held.
template <typename Shard, typename Traits>
class Directory : public Retired
{
public:
    using Entry = typename Traits::template Atomic<Shard *>;

    // Null if there is no memory.
    static Directory *create(quint8 bits) noexcept
    {
        const std::size_t size = std::size_t(1) << bits;
        void *memory = ::operator new(sizeof(Directory) + size * sizeof(Entry), std::nothrow);
        if (!memory)
            return nullptr;
        Directory *directory = new (memory) Directory(bits);
        for (std::size_t i = 0; i < size; ++i)
            new (directory->entries() + i) Entry(nullptr);
        return directory;
    }

    static void destroy(Directory *directory) noexcept
    {
        ::operator delete(static_cast<void *>(directory));
    }

    quint8 bits() const noexcept { return quint8(63 - m_shift); }
    std::size_t size() const noexcept { return std::size_t(1) << bits(); }
    std::size_t bytes() const noexcept { return sizeof(Directory) + size() * sizeof(Entry); }

    // Two shifts: with one entry, a single one would be by 64.
    std::size_t indexOf(quint64 hash) const noexcept { return std::size_t((hash >> 1) >> m_shift); }

    Shard *shardFor(quint64 hash) const noexcept { return at(indexOf(hash)); }

    Shard *at(std::size_t index) const noexcept
    {
        // [shard] acquire: pairs with set(); the shard is whole.
        return entries()[index].load(std::memory_order_acquire);
    }

    void set(std::size_t index, Shard *shard) noexcept
    {
        // [shard] release: who finds the shard finds it whole.
        entries()[index].store(shard, std::memory_order_release);
    }

private:
    explicit Directory(quint8 bits) noexcept : m_shift(63 - bits) { }

    Entry *entries() const noexcept
    {
        return reinterpret_cast<Entry *>(const_cast<Directory *>(this) + 1);
    }

    const int m_shift;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
