// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/asker.h>
#include <SyncMap/private/cache/loading/loaderrors.h>
#include <SyncMap/private/cache/loading/loaders.h>
#include <SyncMap/private/cache/loading/writelog.h>
#include <SyncMap/private/reclamation/tenure.h>

#include <QtCore/qmutex.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Many loads that are claimed together.
class BatchBase : public LoadBase
{
public:
    // One of them was dropped, or it has been filled. Without any it has nothing to do.
    virtual void leftByOne() noexcept = 0;
};

// One load that is under way: a key, its loader, and those who wait for its value. Keeps its loader,
// and never the cache, which may end while the loader runs.
template <typename Key, typename T, typename Core>
class Load : public AskedLoad<T>
{
public:
    using Loads = typename Core::ItsLoads;
    using Use = typename Tenure<Core>::Use;
    using Base = AskedLoad<T>;
    using State = LoadBase::State;
    using Place = LoadBase::Place;

    Load(std::shared_ptr<Tenure<Core>> itsTenure, Key itsKey, quint64 itsHash,
         std::shared_ptr<const Loader<Key, T>> itsLoader)
        : hash(itsHash),
          tenure(std::move(itsTenure)),
          m_key(std::move(itsKey)),
          m_loader(std::move(itsLoader))
    {
    }
    Q_DISABLE_COPY_MOVE(Load)
    ~Load() override = default;

    // What is the user's: not asked for once the load has ended, which may be while its loader goes on.
    const Key &key() const noexcept { return *m_key; }
    const Loader<Key, T> &loader() const noexcept { return *m_loader; }
    // By whoever calls the loader, until it has returned.
    void hold() noexcept { m_holders.fetch_add(1, std::memory_order_relaxed); }
    // By him, and by whoever ends the load; the last of them destroys what was the user's.
    void discard() noexcept
    {
        // acq_rel: after whatever the other one did with it.
        if (m_holders.fetch_sub(1, std::memory_order_acq_rel) != 1)
            return;
        m_key.reset();
        m_loader.reset();
    }

    const quint64 hash;
    const std::shared_ptr<Tenure<Core>> tenure;
    // Set before anybody else knows the load, if it is one of many that are loaded together.
    std::shared_ptr<BatchBase> batch;

    // Under the cache's lock.
    bool isWanted = true; // its value may be stored, see Loads::isWantedLocked()
    WriteLog::Epoch entered = 0; // when it was asked for
    WriteLog::Epoch begun = 0; // when its loader did, from then on
    bool hasBegun() const noexcept { return begun != 0; }
    bool isWatching = false; // keeps the log's eye on what is written

    // How it is answered, if that may be later. Set by the thread that runs it.
    std::weak_ptr<LoadPort<T>> port;

    // Must not begin yet; before anybody else knows it.
    using LoadBase::setWaiting;

    // It counts as being in flight, until somebody says so: true for him.
    bool leaveFlight() noexcept { return m_isInFlight.exchange(false, std::memory_order_relaxed); }

    // Nobody waits for it: its loader is told.
    bool isAbandoned() const noexcept { return m_isAbandoned.load(std::memory_order_relaxed); }
    // True for the first to say so.
    bool abandon() noexcept { return !m_isAbandoned.exchange(true, std::memory_order_relaxed); }

    const void *owner() const noexcept override { return tenure->identity(); }

    std::shared_ptr<Load> itself()
    {
        return std::static_pointer_cast<Load>(this->weak_from_this().lock());
    }

    void run() noexcept override { Loads::run(itself()); }
    void fail(const SyncCacheError &why) noexcept override
    {
        if (const Use core { *tenure })
            core->loads.dropped(itself(), why);
        else
            discard(); // everybody has been told
    }
    void leftBySomebody() noexcept override
    {
        if (this->state() == State::Ended)
            return;
        if (const Use core { *tenure })
            core->loads.dropIfForsaken(itself());
    }
    void refuse(const SyncCacheError &why) noexcept override
    {
        if (const auto itsPort = port.lock())
            itsPort->answer(LoadPort<T>::Answer::Failure, {}, why);
    }
    LoadBase &carrier() noexcept override
    {
        return batch ? static_cast<LoadBase &>(*batch) : *this;
    }
    Place place() const override
    {
        return batch && this->state() == State::Queued ? batch->place() : LoadBase::place();
    }

    // \a f is posted at once if the load is canceled already.
    void whenCanceled(std::shared_ptr<Courier> courier, std::function<void()> f)
    {
        {
            const std::lock_guard lock(m_cancelMutex);
            if (m_isForgotten && !m_isCancellationTold)
                return; // it has ended otherwise
            if (!m_isCancellationTold) {
                m_whenCanceled.emplace_back(std::move(courier), std::move(f));
                return;
            }
        }
        post(courier, std::move(f));
    }
    void announceCancellation()
    {
        WhenCanceled told;
        {
            const std::lock_guard lock(m_cancelMutex);
            m_isCancellationTold = true;
            told.swap(m_whenCanceled);
        }
        for (auto &[courier, f] : told)
            (void)guarded(
                    [&, &itsCourier = courier, &itsF = f] { post(itsCourier, std::move(itsF)); });
    }
    // It has ended: nobody is told any more.
    void forgetWhenCanceled()
    {
        WhenCanceled gone;
        const std::lock_guard lock(m_cancelMutex);
        m_isForgotten = true;
        gone.swap(m_whenCanceled);
    }

private:
    using WhenCanceled = std::vector<std::pair<std::shared_ptr<Courier>, std::function<void()>>>;

    // The courier goes with its function: it must live until that has run.
    static void post(const std::shared_ptr<Courier> &courier, std::function<void()> f)
    {
        courier->post([courier, f = std::move(f)] { callBack(f); });
    }

    std::optional<Key> m_key;
    std::shared_ptr<const Loader<Key, T>> m_loader;
    std::atomic<int> m_holders { 1 };
    std::atomic<bool> m_isAbandoned { false };
    std::atomic<bool> m_isInFlight { true };
    QMutex m_cancelMutex;
    bool m_isCancellationTold = false;
    bool m_isForgotten = false;
    WhenCanceled m_whenCanceled;
};

// Loads of one cache that one call of a bulk loader is going to do.
template <typename Key, typename T, typename Core>
class Batch : public BatchBase
{
public:
    using ItsLoad = Load<Key, T, Core>;
    using Loads = typename Core::ItsLoads;
    using Members = std::vector<std::shared_ptr<ItsLoad>>;

    Batch(std::shared_ptr<Tenure<Core>> itsTenure,
          std::shared_ptr<const BulkLoader<Key, T>> itsLoader)
        : tenure(std::move(itsTenure)), m_loader(std::move(itsLoader))
    {
        setWaiting(); // as long as it is being filled
    }
    Q_DISABLE_COPY_MOVE(Batch)
    ~Batch() override = default;

    const BulkLoader<Key, T> &loader() const noexcept { return *m_loader; }
    const std::shared_ptr<Tenure<Core>> tenure;

    // Before it is started.
    void makeRoom()
    {
        if (m_members.size() == m_members.capacity())
            m_members.reserve(qMax<std::size_t>(8, 2 * m_members.size()));
    }
    void add(const std::shared_ptr<ItsLoad> &member) noexcept
    {
        m_members.push_back(member);
        m_left.fetch_add(1, std::memory_order_relaxed);
    }
    bool isEmpty() const noexcept { return m_members.empty(); }
    const void *owner() const noexcept override { return tenure->identity(); }

    void leftByOne() noexcept override
    {
        if (m_left.fetch_sub(1, std::memory_order_acq_rel) == 1 && tryDrop())
            discard();
    }
    // What is the user's, by whoever ends it.
    void discard() noexcept
    {
        (void)takeMembers();
        m_loader.reset();
    }

    void run() noexcept override
    {
        Loads::runBatch(std::static_pointer_cast<Batch>(weak_from_this().lock()), takeMembers());
    }
    void fail(const SyncCacheError &why) noexcept override
    {
        for (const auto &member : takeMembers()) {
            if (member->tryDrop())
                member->fail(why);
        }
        discard();
    }

private:
    // By whoever claimed or dropped it.
    Members takeMembers() noexcept { return std::exchange(m_members, {}); }

    std::shared_ptr<const BulkLoader<Key, T>> m_loader;
    Members m_members;
    std::atomic<qsizetype> m_left { 1 }; // with whoever fills it
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
