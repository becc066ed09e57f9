// SPDX-License-Identifier: MIT
#include "parkinglot.h"

#include "keepmodule.h"
#include "lookoutthread.h"

#include <SyncMap/private/cache/errors.h>

#include <QtCore/qcoreapplication.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

using namespace std::chrono_literals;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

Parked::Parked() = default;
Parked::~Parked() = default;

namespace {

// In place of the berth of a future that is over, or that is not to be parked any more.
Berth *gone() noexcept
{
    static char mark;
    return reinterpret_cast<Berth *>(&mark);
}

[[noreturn]] void sleepForEver()
{
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    for (;;)
        never.wait(lock);
}

} // namespace

void Parked::park(QFutureInterfaceBase &promise)
{
    Berth *berth = ParkingLots::instance().park(shared_from_this(), promise);
    Berth *none = nullptr;
    // acq_rel: leave() may come first, and it sees the berth whole, or this sees that it came.
    if (!m_berth.compare_exchange_strong(none, berth, std::memory_order_acq_rel))
        berth->m_lot.leave(berth);
    LookOut::wake();
}

void Parked::leave() noexcept
{
    Berth *berth = m_berth.exchange(gone(), std::memory_order_acq_rel); // see park()
    if (berth && berth != gone())
        berth->m_lot.leave(berth);
}

Berth::Berth(ParkingLot &lot) : m_lot(lot)
{
    setAutoDelete(false);
}

Berth::~Berth() = default;

void Berth::run()
{
    std::shared_ptr<Parked> parked;
    {
        const std::lock_guard lock(m_lot.m_mutex);
        --m_copies;
        parked = m_parked;
        // Without memory, fewer.
        if (parked)
            (void)guarded([this] { m_lot.startLocked(*this, ParkingLot::CopiesOnceTaken); });
    }
    if (parked)
        parked->serve();
}

namespace {

// Threads of parking lots that have been started, and have not begun yet. One that begins looks at the
// application, in Qt, which must not be ending by then.
struct Beginners
{
    std::mutex mutex;
    std::condition_variable fewer;
    int count = 0;

    static Beginners &instance()
    {
        static auto *const beginners = new Beginners;
        return *beginners;
    }

    void add()
    {
        const std::lock_guard lock(mutex);
        ++count;
    }
    void remove()
    {
        {
            const std::lock_guard lock(mutex);
            --count;
        }
        fewer.notify_all();
    }
    // Called when the application ends. A thread that the system does not run is not waited for for ever.
    static void waitForAll()
    {
        Beginners &own = instance();
        std::unique_lock lock(own.mutex);
        (void)own.fewer.wait_for(lock, 1s, [&own] { return own.count == 0; });
    }
};

} // namespace

ParkingLot::ParkingLot(std::function<void()> busy, uint stackSize)
{
    Beginners::instance().add();
    qAddPostRoutine(Beginners::waitForAll);
    m_pool.setMaxThreadCount(1);
    m_pool.setStackSize(stackSize);
    m_pool.setObjectName(QStringLiteral("SyncCache futures"));
    m_pool.start([busy = std::move(busy)] {
        Beginners::instance().remove();
        busy();
    });
}

Berth *ParkingLot::park(const std::shared_ptr<Parked> &parked, QFutureInterfaceBase &promise,
                        bool evenIfFull)
{
    const std::lock_guard lock(m_mutex);
    if (m_parked >= Capacity && !evenIfFull)
        return nullptr;
    constexpr std::size_t few = 512;
    if (m_places.size() >= few && m_places.size() >= 2 * std::size_t(m_parked))
        packLocked();
    auto free = takeFreeLocked();
    m_places.push_back({ std::nullopt, nullptr, free.get() });
    Berth *berth = free.release();
    berth->m_place = m_places.size() - 1;
    startLocked(*berth, CopiesAtFirst); // if this throws, it is a place that is over
    Place &place = m_places.back();
    place.future = promise;
    place.mayBeForsaken = parked->mayBeForsaken() ? parked.get() : nullptr;
    berth->m_parked = parked;
    ++m_parked;
    promise.setRunnable(berth);
    promise.setThreadPool(&m_pool);
    return berth;
}

void ParkingLot::startLocked(Berth &berth, int copies)
{
    while (berth.m_copies < copies) {
        m_pool.start(&berth);
        ++berth.m_copies;
    }
}

std::unique_ptr<Berth> ParkingLot::takeFreeLocked()
{
    constexpr std::size_t many = 4096;
    if (!m_free.empty() && (m_free.size() >= many || Clock::now() - m_free.front().since > 1s)) {
        auto berth = std::move(m_free.front().berth);
        m_free.pop_front();
        return berth;
    }
    return std::make_unique<Berth>(*this);
}

void ParkingLot::leave(Berth *berth) noexcept
{
    // Both outlive the mutex: they may be the last to hold what others gave them.
    std::shared_ptr<Parked> parked;
    std::optional<QFutureInterfaceBase> future;
    const std::lock_guard lock(m_mutex);
    parked.swap(berth->m_parked);
    future.swap(m_places[berth->m_place].future);
    --m_parked;
}

void ParkingLot::packLocked() noexcept
{
    // Without memory it stays as it is, until the next time.
    (void)guarded([this] {
        for (Place &place : m_places)
            packLocked(place);
    });
    m_places.erase(std::remove_if(m_places.begin(), m_places.end(),
                                  [](const Place &place) { return !place.berth; }),
                   m_places.end());
    for (std::size_t i = 0; i < m_places.size(); ++i)
        m_places[i].berth->m_place = i;
}

void ParkingLot::packLocked(Place &place)
{
    Berth *berth = place.berth;
    if (berth->m_parked) {
        for (int copies = berth->m_copies; copies > 0; --copies) {
            startLocked(*berth, berth->m_copies + 1);
            if (m_pool.tryTake(berth))
                --berth->m_copies;
        }
        return;
    }
    while (berth->m_copies > 0 && m_pool.tryTake(berth))
        --berth->m_copies;
    if (berth->m_copies != 0)
        return; // a thread is about to run it, and to see that it is over: next time
    m_free.emplace_back();
    m_free.back() = { std::unique_ptr<Berth>(berth), Clock::now() };
    place.berth = nullptr;
}

bool ParkingLot::collectCanceled(std::vector<std::shared_ptr<Parked>> &canceled) const
{
    const std::lock_guard lock(m_mutex);
    for (const Place &place : m_places) {
        if (Q_UNLIKELY(place.isCanceled()))
            canceled.push_back(place.berth->m_parked);
    }
    return m_parked != 0;
}

ParkingLots::ParkingLots()
{
    keepModule(); // threads that never end are about to run in it
    m_lots[0] = new ParkingLot([] { LookOutThread::instance().run(); });
    m_count = 1;
}

ParkingLots &ParkingLots::instance()
{
    static auto *const lots = new ParkingLots;
    return *lots;
}

Berth *ParkingLots::park(const std::shared_ptr<Parked> &parked, QFutureInterfaceBase &promise)
{
    // acquire: a lot that is counted is whole. The rest is relaxed: a hint.
    std::size_t count = m_count.load(std::memory_order_acquire);
    const std::size_t first = m_next.load(std::memory_order_relaxed);
    const auto tryAt = [&](std::size_t index, bool evenIfFull) {
        Berth *berth =
                m_lots[index].load(std::memory_order_acquire)->park(parked, promise, evenIfFull);
        if (berth && index != first)
            m_next.store(index, std::memory_order_relaxed);
        return berth;
    };
    for (std::size_t i = 0; i < count; ++i) {
        if (Berth *berth = tryAt((first + i) % count, false))
            return berth;
    }
    {
        const std::lock_guard lock(m_growing);
        const std::size_t present = m_count.load(std::memory_order_relaxed);
        if (present == count && count < MaximalCount) {
            constexpr uint enoughToSleep = 256 * 1024;
            m_lots[count].store(new ParkingLot(sleepForEver, enoughToSleep),
                                std::memory_order_release);
            m_count.store(count + 1, std::memory_order_release);
        }
        count = m_count.load(std::memory_order_relaxed);
    }
    return tryAt((first + 1) % count, true);
}

bool ParkingLots::collectCanceled(std::vector<std::shared_ptr<Parked>> &canceled, std::size_t first,
                                  std::size_t step) const
{
    bool isAny = false;
    const std::size_t end = count();
    for (std::size_t i = first; i < end; i += step)
        isAny |= m_lots[i].load(std::memory_order_acquire)->collectCanceled(canceled);
    return isAny;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
