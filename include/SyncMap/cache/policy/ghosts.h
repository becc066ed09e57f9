// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/syncmapglobal.h>

#include <limits>
#include <memory>

namespace SyncMapInternal {

// Remembers what was evicted lately: hashes, each with the number of its last use. First in, first
// out; two keys of one hash are one ghost, which costs a policy a mistake and nothing else.
//
// A ring of entries and, over it, a hash table of positions with linear probing, which holds the low
// bits of the hashes as well, so that a search, and the removal of the oldest, do not look at the
// ring: 32 bytes for each ghost that there is room for. That is a power of two, and never more than
// the smallest that is enough for the limit, or than \c most says: a ring that is full forgets its
// oldest rather. Where there is more, since the limit was lowered, it shrinks when a part of it was
// written anew, or by shrink(). For one thread at a time.
class SYNCMAP_EXPORT Ghosts
{
public:
    Ghosts();
    ~Ghosts();
    Q_DISABLE_COPY_MOVE(Ghosts)

    static constexpr quint64 BytesOfEach = 32;

    // Forgets the oldest beyond \a limit. Does nothing if memory runs out. \a most: for so many there
    // may be room; rounded down to a power of two.
    void add(quint64 hash, quint64 lastUse, qint64 limit,
             quint64 most = (std::numeric_limits<quint64>::max)()) noexcept;

    // Forgets the oldest beyond these, and gives back what room is not needed for the others. Linear.
    // If memory runs out, the room stays.
    void shrink(qint64 limit, quint64 most) noexcept;

    struct Found
    {
        quint64 lastUse = 0; // 0: there is none
        quint64 age = 0; // how many were added since
    };

    // Forgets the ghost.
    Found take(quint64 hash) noexcept;

    // Those that can be found.
    qint64 count() const noexcept { return m_count; }
    std::size_t bytes() const noexcept;
    bool isConsistent() const noexcept;

private:
    struct Ghost
    {
        quint64 hash;
        quint64 lastUse; // 0: taken
    };

    struct Index
    {
        quint32 place; // in the ring, plus 1; 0 is empty
        quint32 hash; // its low half, which also says where it wants to be
    };

    static quint64 roomFor(quint64 count, quint64 most) noexcept;
    bool resize(quint64 capacity) noexcept;
    void forgetOldest() noexcept;
    quint64 home(quint64 hash) const noexcept { return hash & (m_capacity * 2 - 1); }
    quint64 find(quint64 hash) const noexcept;
    quint64 findPlace(quint64 hash, quint64 position) const noexcept;
    void eraseIndex(quint64 slot) noexcept;
    void setIndex(quint64 hash, quint64 position) noexcept;

    std::unique_ptr<Ghost[]> m_ring;
    std::unique_ptr<Index[]> m_index; // twice as many as ring entries
    quint64 m_capacity = 0; // a power of two
    quint64 m_begin = 0; // positions modulo the capacity
    quint64 m_end = 0;
    qint64 m_count = 0;
    quint64 m_unneeded = 0; // how many were added since all of the room was needed
};

} // namespace SyncMapInternal
