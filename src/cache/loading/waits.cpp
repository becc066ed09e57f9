// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/waits.h>

#include <SyncMap/private/cache/loading/loadbase.h>
#include <SyncMap/private/cache/loading/loadqueue.h>

#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtCore/qthreadstorage.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

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
    // What it was blocked for last; null if that is not there any more. The last one to let go of it
    // runs the user's code.
    std::shared_ptr<Wait> wait() const
    {
        const std::lock_guard lock(m_mutex);
        return m_wait.lock();
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

// Ends as its thread does: before anybody who waits for that thread learns of it, and may delete it.
// (thread_local objects end later.)
class Registration
{
public:
    Registration(const QThread *thread, const std::shared_ptr<WaitingThread> &node)
        : m_thread(thread)
    {
        WaitingThreads::instance().add(thread, node);
    }
    ~Registration() { WaitingThreads::instance().remove(m_thread); }
    Q_DISABLE_COPY_MOVE(Registration)

private:
    const QThread *const m_thread;
};

using Registrations = QThreadStorage<std::shared_ptr<const Registration>>;

Registrations &registrations()
{
    static auto *const instance = new Registrations; // outlives all threads
    return *instance;
}

// What of this thread is destroyed with it is: it runs destructors of others, which may load.
thread_local bool threadIsOver = false;

// What a thread knows of itself.
struct Self
{
    const std::shared_ptr<WaitingThread> node = std::make_shared<WaitingThread>();

    Self() = default;
    Q_DISABLE_COPY_MOVE(Self)
    ~Self() { threadIsOver = true; }
    void enter()
    {
        // The end of the application clears what the main thread has, and another one may come.
        if (registrations().hasLocalData())
            return;
        registrations().setLocalData(
                std::make_shared<const Registration>(QThread::currentThread(), node));
    }
};

Self &self()
{
    static thread_local Self own;
    return own;
}

// What goes on, and what does not, as long as the origin is blocked: a thread that waits does if all of
// its loads do; a load if its thread does, or any thread of its pool, or any of those whose end leads
// to its answer. What is not known to go on does not: so circles do not, but for those that the
// origin has no part in, see isStuckFor().
class Walk
{
public:
    explicit Walk(const void *origin) : m_origin(origin) { }

    // \a what does not go on, because the origin does not.
    template <typename What>
    bool isStuckFor(const What &what)
    {
        if (evaluate(what, false))
            return false;
        // In a circle of others it would not go on either way: one of them is refused.
        return evaluate(what, true);
    }

private:
    // In several passes: what was found to go on in one lets others go on in the next. A chain takes
    // one, whatever its length.
    template <typename What>
    bool evaluate(const What &what, bool doesOriginGoOn)
    {
        m_doesOriginGoOn = doesOriginGoOn;
        m_goesOn.clear();
        for (;;) {
            m_hasChanged = false;
            m_seen.clear();
            if (goesOn(what))
                return true;
            if (!m_hasChanged)
                return false;
        }
    }

    bool goesOn(const Wait &wait)
    {
        const Wait::Loads loads = wait.loads();
        keep(loads);
        return std::all_of(loads.cbegin(), loads.cend(),
                           [this](const auto &load) { return goesOn(*load); });
    }
    bool goesOn(const Wait::Loads &loads)
    {
        return std::any_of(loads.cbegin(), loads.cend(),
                           [this](const auto &load) { return goesOn(*load); });
    }
    bool goesOn(const LoadBase &load)
    {
        return known(&load, [&] {
            const LoadBase::Place place = load.place();
            keep(place.answeredBy);
            if (!place.answeredBy.empty())
                return goesOn(place.answeredBy);
            if (place.runner)
                return goesOn(*place.runner);
            if (place.context) {
                const auto node = WaitingThreads::instance().find(place.context);
                return !node || goesOn(*node);
            }
            return !place.queue || goesOn(*place.queue);
        });
    }
    // Whoever is blocked for a load that waits for its turn could not take it over: a thread of the
    // pool has to, any of them.
    bool goesOn(LoadQueue &queue)
    {
        std::vector<std::shared_ptr<WaitingThread>> nodes;
        int most = 0;
        const bool isOpen = queue.lookAtPool([&](const QThreadPool &pool) {
            nodes = WaitingThreads::instance().ofPool(pool);
            most = qMax(1, pool.maxThreadCount());
        });
        if (!isOpen)
            return true; // all that was in it has ended
        const auto stuck = std::count_if(nodes.cbegin(), nodes.cend(),
                                         [this](const auto &node) { return !goesOn(*node); });
        return stuck < most;
    }
    bool goesOn(const WaitingThread &thread)
    {
        return known(&thread, [&] {
            const auto wait = thread.wait();
            m_kept.push_back(wait);
            return !wait || wait->isOver() || goesOn(*wait);
        });
    }

    // To let go of the last reference to a load, or a wait, may run the user's code.
    void keep(const Wait::Loads &loads) { m_kept.insert(m_kept.end(), loads.begin(), loads.end()); }

    template <typename Find>
    bool known(const void *node, Find &&find)
    {
        if (node == m_origin)
            return m_doesOriginGoOn;
        if (m_goesOn.count(node) != 0)
            return true;
        if (!m_seen.insert(node).second)
            return false; // on the way, or not known to by now
        if (!find())
            return false;
        m_goesOn.insert(node);
        m_hasChanged = true;
        return true;
    }

    const void *const m_origin;
    bool m_doesOriginGoOn = false;
    bool m_hasChanged = false;
    std::unordered_set<const void *> m_goesOn;
    std::unordered_set<const void *> m_seen; // in this pass
    std::vector<std::shared_ptr<const void>> m_kept; // what was looked at, until the walk ends
};

thread_local LoaderFrame *innermostLoader = nullptr;
thread_local HeldHandles *innermostCollector = nullptr;

} // namespace

void prepareWaits()
{
    (void)registrations();
}

std::shared_ptr<WaitingThread> thisThread() noexcept
{
    if (threadIsOver)
        return nullptr;
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
    if (threadIsOver)
        return true;
    Self &own = self();
    own.enter();
    own.node->setWait(wait);
    if (Q_LIKELY(!Walk(own.node.get()).isStuckFor(*wait)))
        return true;
    Walk again(own.node.get()); // outlives the mutex, with all that it has looked at
    const std::lock_guard lock(WaitingThreads::instance().refusal);
    if (!again.isStuckFor(*wait))
        return true; // another one of the circle was refused
    own.node->setWait({});
    return false;
}

bool waitsForItself(LoadBase &load) noexcept
{
    bool doesIt = false;
    (void)guarded([&] {
        const Wait::Loads answeredBy = load.place().answeredBy;
        doesIt = !answeredBy.empty() && Walk(&load).isStuckFor(answeredBy);
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

void HeldHandles::letGo() noexcept
{
    release();
    for (const auto &load : std::exchange(m_loads, {})) {
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

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
