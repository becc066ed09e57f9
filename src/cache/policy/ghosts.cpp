// SPDX-License-Identifier: MIT
#include <SyncMap/cache/policy/ghosts.h>

#include <new>

namespace SyncMapInternal {

namespace {

constexpr quint64 SmallestCapacity = 16;
// What an Index can name, and what half a hash can tell apart in a table of twice the size.
constexpr quint64 LargestCapacity = Q_UINT64_C(1) << 31;
constexpr quint64 NotFound = ~quint64(0);

} // namespace

Ghosts::Ghosts() = default;
Ghosts::~Ghosts() = default;

void Ghosts::add(quint64 hash, quint64 lastUse, qint64 limit, quint64 most) noexcept
{
    take(hash);
    const quint64 room = limit <= 0 ? 0 : roomFor(quint64(limit), most);
    limit = qMin(limit, qint64(room));
    while (m_count > 0 && m_count >= limit)
        forgetOldest();
    // Not at once: the limit may go up and down.
    m_unneeded = room < m_capacity ? m_unneeded + 1 : 0;
    if (m_unneeded > m_capacity / 4)
        shrink(limit, most);
    if (limit <= 0)
        return;
    // Positions that were taken are skipped here, so that the ring holds little else than ghosts.
    while (m_begin != m_end && m_ring[m_begin & (m_capacity - 1)].lastUse == 0)
        ++m_begin;
    if (m_end - m_begin == m_capacity) {
        const quint64 larger = qMin(room, m_capacity == 0 ? SmallestCapacity : m_capacity * 2);
        if (m_count * 2 < qint64(m_capacity) || larger <= m_capacity || !resize(larger))
            forgetOldest();
    }
    if (m_capacity == 0)
        return;
    m_ring[m_end & (m_capacity - 1)] = { hash, lastUse };
    setIndex(hash, m_end);
    ++m_end;
    ++m_count;
}

Ghosts::Found Ghosts::take(quint64 hash) noexcept
{
    const quint64 slot = find(hash);
    if (slot == NotFound)
        return {};
    const quint64 place = m_index[slot].place - 1;
    Ghost &ghost = m_ring[place];
    const Found found = { ghost.lastUse, (m_end - 1 - place) & (m_capacity - 1) };
    ghost.lastUse = 0;
    eraseIndex(slot);
    --m_count;
    return found;
}

std::size_t Ghosts::bytes() const noexcept
{
    return std::size_t(m_capacity) * (sizeof(Ghost) + 2 * sizeof(Index));
}

void Ghosts::forgetOldest() noexcept
{
    while (m_begin != m_end) {
        const quint64 position = m_begin++;
        const Ghost &oldest = m_ring[position & (m_capacity - 1)];
        if (oldest.lastUse != 0) {
            eraseIndex(findPlace(oldest.hash, position));
            --m_count;
            return;
        }
    }
}

// The smallest power of two that is enough, if \a most allows it.
quint64 Ghosts::roomFor(quint64 count, quint64 most) noexcept
{
    const quint64 allowed = qMin(most, LargestCapacity);
    if (allowed == 0 || count == 0)
        return 0;
    quint64 room = 1;
    while (room < count && room * 2 <= allowed)
        room *= 2;
    return room;
}

void Ghosts::shrink(qint64 limit, quint64 most) noexcept
{
    m_unneeded = 0;
    const quint64 allowed = limit <= 0 ? 0 : roomFor(quint64(limit), most);
    while (m_count > 0 && quint64(m_count) > qMin(quint64(qMax<qint64>(limit, 0)), allowed))
        forgetOldest();
    if (m_count != 0) {
        (void)resize(roomFor(quint64(m_count), allowed));
        return;
    }
    m_ring.reset();
    m_index.reset();
    m_capacity = m_begin = m_end = 0;
}

// To what is enough for all. False, with no effect, if memory runs out.
bool Ghosts::resize(quint64 capacity) noexcept
{
    if (capacity == m_capacity)
        return true;
    std::unique_ptr<Ghost[]> ring(new (std::nothrow) Ghost[capacity]);
    std::unique_ptr<Index[]> index(new (std::nothrow) Index[capacity * 2]());
    if (!ring || !index)
        return false;
    quint64 end = 0;
    for (quint64 position = m_begin; position != m_end; ++position) {
        const Ghost &ghost = m_ring[position & (m_capacity - 1)];
        if (ghost.lastUse != 0)
            ring[end++] = ghost;
    }
    m_ring = std::move(ring);
    m_index = std::move(index);
    m_capacity = capacity;
    m_begin = 0;
    m_end = end;
    for (quint64 position = 0; position != end; ++position)
        setIndex(m_ring[position].hash, position);
    return true;
}

quint64 Ghosts::find(quint64 hash) const noexcept
{
    if (m_capacity == 0)
        return NotFound;
    const quint64 mask = m_capacity * 2 - 1;
    for (quint64 slot = home(hash); m_index[slot].place != 0; slot = (slot + 1) & mask) {
        if (m_index[slot].hash == quint32(hash) && m_ring[m_index[slot].place - 1].hash == hash)
            return slot;
    }
    return NotFound;
}

// Of a ghost that is known to be there.
quint64 Ghosts::findPlace(quint64 hash, quint64 position) const noexcept
{
    const quint64 mask = m_capacity * 2 - 1;
    const quint32 place = quint32((position & (m_capacity - 1)) + 1);
    quint64 slot = home(hash);
    while (m_index[slot].place != place)
        slot = (slot + 1) & mask;
    return slot;
}

void Ghosts::setIndex(quint64 hash, quint64 position) noexcept
{
    const quint64 mask = m_capacity * 2 - 1;
    quint64 slot = home(hash);
    while (m_index[slot].place != 0)
        slot = (slot + 1) & mask;
    m_index[slot] = { quint32((position & (m_capacity - 1)) + 1), quint32(hash) };
}

// Closes the gap, so that no search ends early (Knuth, TAOCP 3, 6.4, algorithm R).
void Ghosts::eraseIndex(quint64 slot) noexcept
{
    const quint64 mask = m_capacity * 2 - 1;
    quint64 gap = slot;
    for (quint64 next = (gap + 1) & mask; m_index[next].place != 0; next = (next + 1) & mask) {
        const quint64 wanted = home(m_index[next].hash);
        if (((next - wanted) & mask) >= ((next - gap) & mask)) {
            m_index[gap] = m_index[next];
            gap = next;
        }
    }
    m_index[gap] = {};
}

bool Ghosts::isConsistent() const noexcept
{
    qint64 count = 0;
    for (quint64 position = m_begin; position != m_end; ++position) {
        const Ghost &ghost = m_ring[position & (m_capacity - 1)];
        if (ghost.lastUse == 0)
            continue;
        ++count;
        const quint64 slot = find(ghost.hash);
        if (slot == NotFound || slot != findPlace(ghost.hash, position))
            return false;
    }
    return count == m_count && m_end - m_begin <= m_capacity
            && sizeof(Ghost) + 2 * sizeof(Index) == BytesOfEach;
}

} // namespace SyncMapInternal
