// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheloadresult.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/chain.h>
#include <SyncMap/private/cache/loading/loadbase.h>
#include <SyncMap/private/cache/loading/lookout.h>

#include <QtCore/qmutex.h>

#include <memory>
#include <mutex>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename T>
class AskedLoad;

struct Progress
{
    int minimum = 0;
    int maximum = 100;
    int value = 0;
};

// One who is to be told of the end of a load.
template <typename T>
class Asker
{
public:
    Asker() = default;
    Q_DISABLE_COPY_MOVE(Asker)
    virtual ~Asker() = default;

    // What he waits for. Before he is on its list.
    virtual void setLoad(const std::shared_ptr<AskedLoad<T>> &load) = 0;

    // Told once, by whoever took him off the load's list, in two steps: copies the result; and then
    // lets others know, which may run anybody's code. Under no lock. A copy that throws is this
    // asker's result.
    virtual void deliver(const SyncCacheLoadResult<T> &result) noexcept = 0;
    virtual void finish() noexcept { }

    // He has given up, and may never say so of his own accord. Any thread.
    virtual bool isCanceled() const noexcept { return false; }
    virtual void setProgress(const Progress &) { }

private:
    template <typename>
    friend class AskedLoad;
    template <typename>
    friend class Askers;
    // Under the load's mutex, and then whoever's who took him off its list.
    ChainLinks<Asker> m_links;
    std::shared_ptr<Asker> m_itself; // as long as he is on a list
    bool m_hasJoined = false;
};

// Those who are to be told of the end of a load.
template <typename T>
class Askers
{
public:
    using AskerPointer = std::shared_ptr<Asker<T>>;
    using List = Chain<Asker<T>, &Asker<T>::m_links>;

    Askers() = default;
    Q_DISABLE_COPY(Askers)
    Askers(Askers &&) noexcept = default;
    Askers &operator=(Askers &&) = delete;
    ~Askers()
    {
        while (m_list.first())
            (void)take(*m_list.first());
    }

    bool isEmpty() const noexcept { return m_list.isEmpty(); }
    Asker<T> *first() const noexcept { return m_list.first(); }
    static Asker<T> *next(const Asker<T> &asker) noexcept { return List::next(asker); }
    static bool has(const Asker<T> &asker) noexcept { return List::isThere(asker); }

    void add(const AskerPointer &asker) noexcept
    {
        asker->m_itself = asker;
        m_list.append(*asker);
    }
    AskerPointer take(Asker<T> &asker) noexcept
    {
        m_list.remove(asker);
        return std::move(asker.m_itself);
    }

    void tell(const SyncCacheLoadResult<T> &result) noexcept
    {
        for (Asker<T> *asker = first(); asker; asker = next(*asker))
            asker->deliver(result);
        while (first())
            take(*first())->finish();
    }

private:
    List m_list;
};

// A load, and those who wait for it: joining and leaving take constant time, and no memory.
template <typename T>
class AskedLoad : public LoadBase
{
public:
    using AskerPointer = std::shared_ptr<Asker<T>>;

    // False if it has ended.
    bool join(const AskerPointer &asker) noexcept
    {
        const std::lock_guard lock(m_askersMutex);
        if (m_isClosed)
            return false;
        m_askers.add(asker);
        asker->m_hasJoined = true;
        if (!m_firstWaiting)
            m_firstWaiting = asker.get();
        return true;
    }
    // Somebody wants it to go on whose future there is none of.
    void joinInBackground() noexcept
    {
        const std::lock_guard lock(m_askersMutex);
        m_isInBackground = true;
    }

    // True if it is the caller who is to tell him.
    bool leave(Asker<T> &asker) noexcept
    {
        AskerPointer kept; // outlives the mutex
        {
            const std::lock_guard lock(m_askersMutex);
            if (m_isClosed || !Askers<T>::has(asker))
                return false;
            if (m_firstWaiting == &asker)
                m_firstWaiting = Askers<T>::next(asker);
            kept = m_askers.take(asker);
            asker.m_hasJoined = false;
        }
        return true;
    }
    // It was, or is, on the list, and has not left it.
    bool wasJoinedBy(const Asker<T> &asker) const noexcept { return asker.m_hasJoined; }
    // What nobody waits for any more need not go on.
    virtual void leftBySomebody() noexcept = 0;
    // After leave(). If there are others, and they have cancelled, they are told by a thread of the
    // library, and not by this one.
    void wasLeft() noexcept
    {
        if (isAlone())
            return leftBySomebody();
        (void)guarded([this] {
            const std::weak_ptr<LoadBase> itself = weak_from_this();
            LookOut::callAt(LookOut::Clock::now(), itself, [itself] {
                if (const auto load = itself.lock())
                    static_cast<AskedLoad *>(load.get())->leftBySomebody();
            });
        });
    }

    // Nobody wants it any more. Amortised constant: who has cancelled is not asked again.
    bool isForsaken()
    {
        const std::lock_guard lock(m_askersMutex);
        return !m_isClosed && !m_isInBackground && !hasWaitersLocked();
    }
    // Somebody waits for it; else somebody may want it to go on all the same.
    bool isWaitedFor()
    {
        const std::lock_guard lock(m_askersMutex);
        return m_isClosed || hasWaitersLocked();
    }

    // Whoever asks from now on is too late. The first to call it gets those who are to be told.
    Askers<T> closeAskers() noexcept
    {
        const std::lock_guard lock(m_askersMutex);
        m_isClosed = true;
        m_firstWaiting = nullptr;
        return std::move(m_askers);
    }

    void setProgress(const Progress &progress)
    {
        const std::lock_guard lock(m_askersMutex);
        for (Asker<T> *asker = m_askers.first(); asker; asker = Askers<T>::next(*asker))
            asker->setProgress(progress);
    }

private:
    bool isAlone() const noexcept
    {
        const std::lock_guard lock(m_askersMutex);
        return m_askers.isEmpty();
    }
    bool hasWaitersLocked()
    {
        while (m_firstWaiting && m_firstWaiting->isCanceled())
            m_firstWaiting = Askers<T>::next(*m_firstWaiting);
        return m_firstWaiting;
    }

    mutable QMutex m_askersMutex;
    Askers<T> m_askers;
    // Those before were seen to have cancelled, which is for ever; null: all.
    Asker<T> *m_firstWaiting = nullptr;
    bool m_isClosed = false;
    bool m_isInBackground = false;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
