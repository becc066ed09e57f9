// SPDX-License-Identifier: MIT
#include <SyncMap/cache/loading/waits.h>

#include <SyncMap/cache/loading/loadbase.h>
#include <SyncMap/cache/loading/loadqueue.h>

#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace SyncMapInternal {

Wait::Wait() = default;
Wait::~Wait() = default;

class WaitingThread
{
public:
    // Weak: an edge that is out of date keeps nothing alive.
    void setWait(const std::weak_ptr<Wait> &wait)
    {
        const std::lock_guard lock(m_mutex);
        m_wait = wait;
    }
    // Null if it is not known to be blocked.
    std::shared_ptr<Wait> wait() const
    {
        std::shared_ptr<Wait> wait;
        {
            const std::lock_guard lock(m_mutex);
            wait = m_wait.lock();
        }
        return wait && !wait->isOver() ? wait : nullptr;
    }

private:
    mutable std::mutex m_mutex;
    std::weak_ptr<Wait> m_wait;
};

namespace {

// The threads that have ever waited, by what Qt knows them as: for loads that are run by a thread of
// a pool, or that of a context, whichever it is. Its mutex is a leaf, held for a look-up.
class WaitingThreads
{
public:
    void add(const QThread *thread, const std::shared_ptr<WaitingThread> &node)
    {
        const std::lock_guard lock(m_mutex);
        m_nodes[thread] = node;
    }
    void remove(const QThread *thread)
    {
        const std::lock_guard lock(m_mutex);
        m_nodes.erase(thread);
    }
    std::shared_ptr<WaitingThread> find(const QThread *thread) const
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_nodes.find(thread);
        return found == m_nodes.end() ? nullptr : found->second;
    }
    std::vector<std::shared_ptr<WaitingThread>> ofPool(const QThreadPool &pool) const
    {
        std::vector<std::shared_ptr<WaitingThread>> nodes;
        const std::lock_guard lock(m_mutex);
        for (const auto &[thread, node] : m_nodes) {
            if (pool.contains(thread))
                nodes.push_back(node);
        }
        return nodes;
    }

    static WaitingThreads &instance()
    {
        static auto *const threads = new WaitingThreads; // outlives all threads
        return *threads;
    }

    // Held by one thread at a time that looks again at a circle, see mayWait().
    std::mutex refusal;

private:
    mutable std::mutex m_mutex;
    std::unordered_map<const QThread *, std::shared_ptr<WaitingThread>> m_nodes;
};

// What a thread knows of itself.
struct Self
{
    const std::shared_ptr<WaitingThread> node = std::make_shared<WaitingThread>();
    const QThread *registered = nullptr;

    Self() = default;
    Q_DISABLE_COPY_MOVE(Self)
    ~Self()
    {
        if (registered)
            WaitingThreads::instance().remove(registered);
    }
    void enter()
    {
        if (registered)
            return;
        const QThread *thread = QThread::currentThread();
        WaitingThreads::instance().add(thread, node);
        registered = thread;
    }
};

Self &self()
{
    static thread_local Self own;
    return own;
}

// Looks for a way from a wait back to the thread that is about to begin it.
class Walk
{
public:
    explicit Walk(const WaitingThread *origin) : m_origin(origin) { }
    explicit Walk(const LoadBase *load) : m_originLoad(load) { }

    // A wait is for all of its loads: one that leads back is enough.
    bool leadsBack(const Wait &wait)
    {
        for (const auto &load : wait.loads()) {
            if (leadsBack(*load))
                return true;
        }
        return false;
    }

    // One of several would do.
    bool allLeadBack(const Wait::Loads &loads)
    {
        return std::all_of(loads.cbegin(), loads.cend(),
                           [this](const auto &load) { return leadsBack(*load); });
    }

private:
    bool leadsBack(const LoadBase &load)
    {
        if (&load == m_originLoad)
            return true;
        const LoadBase::Place place = load.place();
        if (!place.answeredBy.empty()) {
            const auto [known, isNew] = m_knownLoads.emplace(&load, false);
            if (!isNew)
                return known->second;
            const bool result = allLeadBack(place.answeredBy);
            return m_knownLoads[&load] = result;
        }
        if (place.runner)
            return leadsBack(*place.runner);
        if (place.context) {
            const auto node = WaitingThreads::instance().find(place.context);
            return node && leadsBack(*node);
        }
        return place.queue && isStuck(*place.queue);
    }
    // Whoever is blocked for a load that waits for its turn could not take it over. Any thread of the
    // pool would do: all have to wait for the origin.
    bool isStuck(LoadQueue &queue)
    {
        std::vector<std::shared_ptr<WaitingThread>> nodes;
        int most = 0;
        const bool isOpen = queue.lookAtPool([&](const QThreadPool &pool) {
            nodes = WaitingThreads::instance().ofPool(pool);
            most = pool.maxThreadCount();
        });
        if (!isOpen)
            return false; // all that was in it has ended
        int stuck = 0;
        for (const auto &node : nodes)
            stuck += leadsBack(*node);
        return stuck > 0 && stuck >= most;
    }
    bool leadsBack(const WaitingThread &thread)
    {
        if (&thread == m_origin)
            return true;
        const auto [known, isNew] = m_known.emplace(&thread, false);
        if (!isNew)
            return known->second; // on the way, or looked at: each once
        const auto wait = thread.wait();
        const bool result = wait && leadsBack(*wait);
        return m_known[&thread] = result;
    }

    const WaitingThread *const m_origin = nullptr;
    const LoadBase *const m_originLoad = nullptr;
    std::unordered_map<const WaitingThread *, bool> m_known;
    std::unordered_map<const LoadBase *, bool> m_knownLoads;
};

thread_local LoaderFrame *innermostLoader = nullptr;
thread_local HeldHandles *innermostCollector = nullptr;

} // namespace

std::shared_ptr<WaitingThread> thisThread() noexcept
{
    QT_TRY
    {
        return self().node;
    }
    QT_CATCH(...)
    {
        return nullptr;
    }
}

bool mayWait(const std::shared_ptr<Wait> &wait)
{
    Self &own = self();
    own.enter();
    own.node->setWait(wait);
    if (Q_LIKELY(!Walk(own.node.get()).leadsBack(*wait)))
        return true;
    const std::lock_guard lock(WaitingThreads::instance().refusal);
    if (!Walk(own.node.get()).leadsBack(*wait))
        return true; // another one of the circle was refused
    own.node->setWait({});
    return false;
}

bool waitsForItself(LoadBase &load) noexcept
{
    bool doesIt = false;
    (void)guarded([&] {
        const Wait::Loads answeredBy = load.place().answeredBy;
        doesIt = !answeredBy.empty() && Walk(&load).allLeadBack(answeredBy);
    });
    return doesIt;
}

HeldHandles::HeldHandles() : m_outer(std::exchange(innermostCollector, this)) { }

HeldHandles::~HeldHandles()
{
    stop();
    release();
}

void HeldHandles::release() noexcept
{
    if (std::exchange(m_isReleased, true))
        return;
    for (const auto &load : m_loads)
        load->releaseHandle();
}

void HeldHandles::stop() noexcept
{
    if (innermostCollector == this)
        innermostCollector = std::exchange(m_outer, nullptr);
}

bool HeldHandles::isCollecting() noexcept
{
    return innermostCollector;
}

void HeldHandles::note(const std::shared_ptr<LoadBase> &load) noexcept
{
    (void)guarded([&] {
        innermostCollector->m_loads.push_back(load);
        load->holdHandle();
    });
}

void HeldHandles::waitFor(const std::shared_ptr<LoadBase> &load)
{
    for (const auto &held : m_loads)
        held->setAnsweredBy(load);
}

void HeldHandles::look() noexcept
{
    for (const auto &load : m_loads) {
        if (waitsForItself(*load))
            load->refuse(SyncCacheError(SyncCacheError::RecursiveLoad));
    }
}

LoaderFrame::LoaderFrame(const void *owner) noexcept
    : m_owner(owner),
      m_outer(std::exchange(innermostLoader, this)),
      m_depth(m_outer ? m_outer->m_depth + 1 : 1)
{
}

LoaderFrame::~LoaderFrame()
{
    innermostLoader = m_outer;
}

int LoaderFrame::depth() noexcept
{
    return innermostLoader ? innermostLoader->m_depth : 0;
}

bool LoaderFrame::isWithin(const void *owner) noexcept
{
    for (const LoaderFrame *frame = innermostLoader; frame; frame = frame->m_outer) {
        if (frame->m_owner == owner)
            return true;
    }
    return false;
}

} // namespace SyncMapInternal
