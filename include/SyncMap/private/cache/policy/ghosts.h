// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <cstddef>
#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Remembers what was evicted lately: of each key the low half of its hash, and of the number of its
// last use. First in, first out.
//
// A ring of ghosts, and over it chains for a search, as in LZ77's dictionary ("head" and "prev" of
// zlib): each ghost names an older one of the same chain, by the number with which it came, and the
// newest of each chain stands in a table. What has left the ring is cut off nowhere: its number says
// that it has gone, and so have all that come after it in the chain. Nothing is searched but by
// take(), and no order depends on hashes.
//
// Two keys may be taken for each other, by one search in 4,000 if a million are remembered, and by
// fewer if less; and a ghost that is older than 2^32 uses is taken for a young one. Both cost a policy
// a mistake and nothing else.
//
// There are as many as fit into the bytes that each addition is given, 16 for each: more at once if
// it is a quarter more, less when a part of the ring was written anew, or by shrink(). Where there are
// many, the youngest 16,384 alone come along then, so that no writer waits for longer. Meanwhile there
// are both rings. For one thread at a time.
class SYNCMAP_EXPORT Ghosts
{
public:
    Ghosts();
    ~Ghosts();
    Q_DISABLE_COPY_MOVE(Ghosts)

    static constexpr quint64 BytesOfEach = 16;

    // Of a key that has none. Does nothing if memory runs out.
    void add(quint64 hash, quint64 lastUse, quint64 bytes) noexcept;

    // Forgets the ghost: how many uses ago it was used, or 0 if there is none. \a uses is the number
    // of the last use of all.
    quint64 take(quint64 hash, quint64 uses) noexcept;

    // Gives back what is more than so many bytes, and forgets the oldest for it. If memory runs out, all
    // are forgotten.
    void shrink(quint64 bytes) noexcept;

    // Those that can be found.
    qint64 count() const noexcept { return m_count; }
    std::size_t bytes() const noexcept { return std::size_t(m_size) * std::size_t(BytesOfEach); }
    bool isConsistent() const noexcept;

private:
    struct Ghost
    {
        quint32 tag; // 0: none, or taken
        quint32 lastUse;
        quint32 older; // the number of the next one in its chain
    };
    // Of memory that is zero, and that the system gives when it is touched.
    struct Freed
    {
        void operator()(void *memory) const noexcept;
    };
    template <typename T>
    using Zeroed = std::unique_ptr<T[], Freed>;

    static quint32 tagOf(quint64 hash) noexcept { return qMax<quint32>(quint32(hash), 1); }
    quint32 &newestOf(quint32 tag) const noexcept
    {
        return m_newest[(quint64(tag) * m_size) >> 32];
    }
    // How many came since, and itself; more than there is room for: it has gone.
    quint32 distanceTo(quint32 number) const noexcept { return m_number - number; }
    Ghost *find(quint32 tag) const noexcept;
    void put(quint32 tag, quint32 lastUse) noexcept;
    bool resize(quint64 size) noexcept;

    Zeroed<Ghost> m_ring;
    Zeroed<quint32> m_newest; // by chain; 0 has gone
    quint32 m_size = 0; // of both
    quint32 m_next = 0; // the place in the ring of the next one, which is that of the oldest
    quint32 m_number = 0; // of the next one; begins beyond the size
    quint32 m_unneeded = 0; // how many came since all of the room was needed
    qint64 m_count = 0;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
