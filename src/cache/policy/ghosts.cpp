// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/policy/ghosts.h>

#include <cstdlib>
#include <type_traits>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// So that the numbers of all that are there can be told from those that have gone.
constexpr quint64 LargestSize = Q_UINT64_C(1) << 31;
constexpr quint32 MostThatComeAlong = 16'384;

} // namespace

void Ghosts::Freed::operator()(void *memory) const noexcept
{
    std::free(memory);
}

Ghosts::Ghosts() = default;
Ghosts::~Ghosts() = default;

void Ghosts::add(quint64 hash, quint64 lastUse, quint64 bytes) noexcept
{
    const quint64 wanted = qMin(bytes / BytesOfEach, LargestSize);
    // Not at once: what is wanted may go up and down.
    m_unneeded = wanted < m_size ? m_unneeded + 1 : 0;
    if (wanted > m_size + m_size / 4 || m_unneeded > m_size / 4)
        (void)resize(wanted); // else it stays as it is
    if (m_size != 0)
        put(tagOf(hash), quint32(lastUse));
}

void Ghosts::put(quint32 tag, quint32 lastUse) noexcept
{
    Ghost &ghost = m_ring[m_next];
    m_count += ghost.tag == 0 ? 1 : 0;
    ghost = { tag, lastUse, std::exchange(newestOf(tag), m_number) };
    ++m_number;
    if (++m_next == m_size)
        m_next = 0;
}

Ghosts::Ghost *Ghosts::find(quint32 tag) const noexcept
{
    quint32 before = 0;
    for (quint32 number = newestOf(tag);;) {
        const quint32 distance = distanceTo(number);
        // Not beyond the ring; and further away than the one before, or its number is one of long ago.
        if (distance > m_size || distance <= before)
            return nullptr;
        Ghost &ghost = m_ring[m_next >= distance ? m_next - distance : m_next + m_size - distance];
        if (ghost.tag == tag)
            return &ghost;
        number = ghost.older;
        before = distance;
    }
}

quint64 Ghosts::take(quint64 hash, quint64 uses) noexcept
{
    if (m_size == 0)
        return 0;
    Ghost *const ghost = find(tagOf(hash));
    if (!ghost)
        return 0;
    ghost->tag = 0; // it stays in the chain
    --m_count;
    return quint64(quint32(uses) - ghost->lastUse) + 1;
}

void Ghosts::shrink(quint64 bytes) noexcept
{
    const quint64 size = bytes / BytesOfEach;
    if (size < m_size && !resize(size))
        (void)resize(0);
}

// False, with no effect, if memory runs out.
bool Ghosts::resize(quint64 size) noexcept
{
    static_assert(std::is_trivial_v<Ghost>);
    Zeroed<Ghost> ring;
    Zeroed<quint32> newest;
    if (size != 0) {
        ring.reset(static_cast<Ghost *>(std::calloc(std::size_t(size), sizeof(Ghost))));
        newest.reset(static_cast<quint32 *>(std::calloc(std::size_t(size), sizeof(quint32))));
        if (!ring || !newest)
            return false;
    }
    ring.swap(m_ring);
    newest.swap(m_newest);
    const quint32 oldSize = std::exchange(m_size, quint32(size));
    const quint32 oldest = std::exchange(m_next, 0);
    m_number = m_size + 1;
    m_count = 0;
    m_unneeded = 0;
    if (m_size == 0)
        return true;
    // The oldest of them first: there is room for the others in the end.
    for (quint32 left = qMin(oldSize, MostThatComeAlong); left != 0; --left) {
        const Ghost &ghost = ring[oldest >= left ? oldest - left : oldest + oldSize - left];
        if (ghost.tag != 0)
            put(ghost.tag, ghost.lastUse);
    }
    return true;
}

bool Ghosts::isConsistent() const noexcept
{
    static_assert(sizeof(Ghost) + sizeof(quint32) == BytesOfEach);
    qint64 itsCount = 0;
    for (quint32 place = 0; place < m_size; ++place) {
        const quint32 tag = m_ring[place].tag;
        if (tag == 0)
            continue;
        ++itsCount;
        if (!find(tag))
            return false;
    }
    return itsCount == m_count && bool(m_ring) == (m_size != 0) && (m_size == 0 || m_next < m_size);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
