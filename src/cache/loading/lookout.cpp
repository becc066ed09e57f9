// SPDX-License-Identifier: MIT
#include "lookoutthread.h"
#include "parkinglot.h"

#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/callercontext.h>
#include <SyncMap/private/cache/loading/loaderrors.h>

#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

LookOutThread &LookOutThread::instance()
{
    static auto *const thread = new LookOutThread;
    return *thread;
}

void LookOutThread::run()
{
    // To fall asleep and to be woken costs more than to look a few times at nothing.
    constexpr int patience = 8;
    int idle = 0; // rounds
    std::size_t slice = 0;
    std::size_t slices = 1;
    bool isAnyInRound = false;
    auto nextLook = Clock::now();
    for (;;) {
        callDue();
        if (Clock::now() >= nextLook) {
            isAnyInRound |= look(slice, slices);
            // What is cancelled at once, be it a hundred thousand, is finished slice by slice meanwhile.
            nextLook = qMax(Clock::now(), nextLook + LookOut::Interval / int(slices));
            if (++slice == slices) {
                idle = isAnyInRound ? 0 : idle + 1;
                isAnyInRound = false;
                slice = 0;
                slices = qMin(MaximalSlices, ParkingLots::instance().count());
            }
        }
        std::unique_lock lock(m_mutex);
        if (idle < patience) {
            waitLocked(lock, m_due.empty() ? nextLook : qMin(nextLook, m_due.begin()->first));
            continue;
        }
        m_isAwake.store(false, std::memory_order_relaxed);
        lock.unlock();
        idle = look(0, 1) ? 0 : idle; // for the last time, see m_isAwake
        lock.lock();
        if (idle != 0 && !m_isAwake.load(std::memory_order_relaxed)) {
            if (m_due.empty())
                m_changed.wait(lock);
            else
                waitLocked(lock, m_due.begin()->first);
        }
        m_isAwake.store(true, std::memory_order_relaxed);
    }
}

// The time is a copy: wait_until() looks at it once more when it is woken, and by then the entry that
// it was read from may have been swept.
void LookOutThread::waitLocked(std::unique_lock<std::mutex> &lock, Clock::time_point until)
{
    m_changed.wait_until(lock, until);
}

void LookOutThread::callDue()
{
    for (;;) {
        Due due;
        {
            const std::lock_guard lock(m_mutex);
            if (m_due.empty() || m_due.begin()->first > Clock::now())
                return;
            due = std::move(m_due.begin()->second);
            m_due.erase(m_due.begin());
        }
        if (!due.subject.expired())
            due.f();
    }
}

bool LookOutThread::look(std::size_t slice, std::size_t slices)
{
    m_moment.fetch_add(1, std::memory_order_relaxed);
    std::vector<std::shared_ptr<Parked>> canceled;
    bool isAny = true;
    QT_TRY
    {
        isAny = ParkingLots::instance().collectCanceled(canceled, slice, slices);
        if (slice == 0)
            isAny |= lookAtContexts(canceled);
    }
    QT_CATCH(...)
    {
        isAny = true; // no memory for all of them: the rest the next time
    }
    for (auto &parked : canceled) {
        (void)guarded([&] { parked->cancel(); }); // without memory, the next time
        parked.reset();
    }
    return isAny;
}

// Only this thread takes any out.
bool LookOutThread::lookAtContexts(std::vector<std::shared_ptr<Parked>> &forsaken)
{
    for (std::size_t i = 0;;) {
        std::shared_ptr<CallerContext> context; // outlives the mutex
        {
            const std::lock_guard lock(m_contextsMutex);
            if (i == m_contexts.size())
                return i != 0;
            context = m_contexts[i].lock();
        }
        if (context && context->collectForsaken(forsaken)) {
            ++i;
            continue;
        }
        // If somebody has come to it since, it is there once more.
        const std::lock_guard lock(m_contextsMutex);
        m_contexts[i].swap(m_contexts.back());
        m_contexts.pop_back();
    }
}

void LookOutThread::callAt(Clock::time_point time, std::weak_ptr<const void> subject,
                           std::function<void()> f)
{
    {
        const std::lock_guard lock(m_mutex);
        m_due.emplace(time, Due { std::move(subject), std::move(f) });
        if (m_due.size() >= m_manyDue)
            sweepLocked();
        m_isAwake.store(true, std::memory_order_relaxed);
    }
    m_changed.notify_one();
}

// Amortised constant for each call. The functions keep nothing alive, so nobody's code runs here.
void LookOutThread::sweepLocked() noexcept
{
    constexpr std::size_t few = 64;
    for (auto it = m_due.begin(); it != m_due.end();)
        it = it->second.subject.expired() ? m_due.erase(it) : std::next(it);
    m_manyDue = qMax(few, 2 * m_due.size());
}

void LookOutThread::watch(std::weak_ptr<CallerContext> context)
{
    {
        const std::lock_guard lock(m_contextsMutex);
        m_contexts.push_back(std::move(context));
    }
    wake();
}

void LookOutThread::wake() noexcept
{
    if (Q_LIKELY(m_isAwake.load(std::memory_order_relaxed)))
        return;
    {
        const std::lock_guard lock(m_mutex);
        m_isAwake.store(true, std::memory_order_relaxed);
    }
    m_changed.notify_one();
}

void LookOut::callAt(Clock::time_point time, std::weak_ptr<const void> subject,
                     std::function<void()> f)
{
    (void)ParkingLots::instance(); // its thread
    LookOutThread::instance().callAt(time, std::move(subject), std::move(f));
}

void LookOut::watch(std::weak_ptr<CallerContext> context)
{
    (void)ParkingLots::instance(); // its thread
    LookOutThread::instance().watch(std::move(context));
}

quint64 LookOut::moment() noexcept
{
    return LookOutThread::instance().moment();
}

void LookOut::wake() noexcept
{
    LookOutThread::instance().wake();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
