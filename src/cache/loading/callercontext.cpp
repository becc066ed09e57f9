// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/callercontext.h>

#include <SyncMap/private/cache/loading/loaderrors.h>
#include <SyncMap/private/cache/loading/lookout.h>

#include <mutex>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

CallerContext::CallerContext(QObject *context) : courier(context) { }
CallerContext::~CallerContext() = default;

void CallerContext::enter(ContextGuest &guest, Parked &itself) noexcept
{
    {
        const std::lock_guard lock(m_mutex);
        if (itself.isOver())
            return; // he has left already
        guest.m_itself = &itself;
        m_guests.append(guest);
        ++m_count;
        if (std::exchange(m_isLookedAt, true))
            return;
    }
    if (guarded([this] { LookOut::watch(weak_from_this()); })) {
        const std::lock_guard lock(m_mutex);
        m_isLookedAt = false;
    }
}

void CallerContext::leave(ContextGuest &guest) noexcept
{
    const std::lock_guard lock(m_mutex);
    if (!decltype(m_guests)::isThere(guest))
        return;
    m_guests.remove(guest);
    --m_count;
}

bool CallerContext::collectForsaken(std::vector<std::shared_ptr<Parked>> &forsaken)
{
    const std::lock_guard lock(m_mutex);
    if (m_guests.isEmpty()) {
        m_isLookedAt = false;
        return false;
    }
    if (courier.isOpen())
        return true;
    // All or nothing: to let go of one of them here might be his end, which needs the mutex.
    if (forsaken.capacity() - forsaken.size() < m_count)
        forsaken.reserve(qMax(2 * forsaken.capacity(), forsaken.size() + m_count));
    while (ContextGuest *guest = m_guests.first()) {
        m_guests.remove(*guest);
        if (auto parked = guest->m_itself->weak_from_this().lock()) // else he is going
            forsaken.push_back(std::move(parked));
    }
    m_count = 0;
    return true;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
