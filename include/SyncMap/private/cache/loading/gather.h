// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheloadresult.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/futureasker.h>
#include <SyncMap/private/cache/loading/waits.h>

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qscopeguard.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Who asked for many keys, and got one future for all of them: it has what could be found. It fails
// if nothing could, and something failed.
template <typename Key, typename T>
class Gather : public Parked
{
    class OneAsker;

public:
    using Values = QHash<Key, T>;
    using AskedLoadPointer = std::shared_ptr<AskedLoad<T>>;

    // \a owner: the cache, to be compared.
    explicit Gather(const void *owner) : m_owner(owner) { m_promise.reportStarted(); }
    Q_DISABLE_COPY_MOVE(Gather)
    ~Gather() override = default;

    QFuture<Values> future() { return m_promise.future(); }
    void park() { Parked::park(m_promise); }

    // Until begin() is called, by one thread.

    void add(const Key &key, SyncCacheLoadResult<T> &&result) noexcept
    {
        SyncCacheError error = result.error;
        if (result.value)
            error = guarded([&] { m_values.emplace(key, std::move(*result.value)); });
        if (error && error.code() != SyncCacheError::KeyNotFound && !m_error)
            m_error = error;
    }
    // Joins the load of \a key with it, or tells it.
    std::shared_ptr<Asker<T>> askerFor(const Key &key)
    {
        auto asker = std::make_shared<OneAsker>(itself(), key);
        const std::lock_guard lock(m_mutex);
        m_askers.push_back(asker);
        ++m_missing;
        return asker;
    }
    // One that could not be asked for.
    void failOne(const Key &key, const std::shared_ptr<Asker<T>> &asker,
                 const SyncCacheError &why) noexcept
    {
        add(key, { {}, why });
        auto *one = static_cast<OneAsker *>(asker.get());
        if (!one)
            return;
        // It may have joined a load, and then it may have been told by that.
        const bool isMine = !one->load || one->load->leave(*one) || !one->load->wasJoinedBy(*one);
        one->load = nullptr;
        if (isMine)
            one->finish();
    }
    // All have been asked for.
    void begin()
    {
        const auto isBegun = qScopeGuard([this] { finishOne(); }); // not parked, too
        park();
    }

    Wait::Loads loads() const override
    {
        Wait::Loads result;
        const std::lock_guard lock(m_mutex);
        for (const auto &asker : m_askers) {
            if (asker->load)
                result.push_back(asker->load);
        }
        return result;
    }

    void serve() override
    {
        for (const auto &asker : askers()) {
            if (this->isOver() || m_promise.isCanceled())
                break;
            if (asker->load)
                asker->load->takeOver(*this);
        }
        if (this->isOver())
            return;
        if (m_promise.isCanceled())
            return cancel();
        bool mayWaitForIt = true;
        const SyncCacheError failed =
                guarded([&] { mayWaitForIt = mayWait(this->shared_from_this()); });
        if (failed)
            end(failed);
        else if (!mayWaitForIt)
            end(recursionError());
    }
    void cancel() override
    {
        if (m_promise.isCanceled())
            end(SyncCacheError(SyncCacheError::Canceled));
        else
            end(contextGoneError(), [](const AskedLoad<T> &load) { return load.isLost(); });
    }
    // By contexts whose threads have ended: those of the keys that they were to answer.
    bool mayBeForsaken() const noexcept override
    {
        const std::lock_guard lock(m_mutex);
        return std::any_of(m_askers.cbegin(), m_askers.cend(), [](const auto &asker) {
            return asker->load && asker->load->where.courier;
        });
    }
    bool isForsaken() const noexcept override
    {
        const std::lock_guard lock(m_mutex);
        return std::any_of(m_askers.cbegin(), m_askers.cend(), [](const auto &asker) {
            return asker->isWaiting() && asker->load->isLost(LookOut::moment());
        });
    }

private:
    // Who waits for one of the keys.
    class OneAsker : public Asker<T>
    {
    public:
        OneAsker(std::shared_ptr<Gather> gather, Key key)
            : m_gather(std::move(gather)), m_key(std::move(key))
        {
        }
        Q_DISABLE_COPY_MOVE(OneAsker)
        ~OneAsker() override = default;

        void setLoad(const AskedLoadPointer &itsLoad) override { load = itsLoad; }
        // Kept here until all have been told: keys and values may do anything, so they come together
        // under no lock.
        void deliver(const SyncCacheLoadResult<T> &result) noexcept override
        {
            m_result.error = result.error;
            if (result.value)
                m_result.error = guarded([&] { m_result.value = *result.value; });
            m_isOver.store(true, std::memory_order_relaxed);
        }
        void finish() noexcept override { m_gather->finishOne(); }
        bool isCanceled() const noexcept override { return m_gather->m_promise.isCanceled(); }

        // What it was told, to \a gather.
        void addTo(Gather &gather) noexcept { gather.add(m_key, std::move(m_result)); }

        // Neither told nor refused.
        bool isWaiting() const noexcept
        {
            return load && !m_isOver.load(std::memory_order_relaxed);
        }

        AskedLoadPointer load; // before it is on the load's list

    private:
        std::atomic<bool> m_isOver { false }; // relaxed: a hint
        const std::shared_ptr<Gather> m_gather;
        const Key m_key;
        SyncCacheLoadResult<T> m_result;
    };
    using Askers = std::vector<std::shared_ptr<OneAsker>>;

    std::shared_ptr<Gather> itself()
    {
        return std::static_pointer_cast<Gather>(this->shared_from_this());
    }
    Askers askers() const
    {
        const std::lock_guard lock(m_mutex);
        return m_askers;
    }

    void finishOne() noexcept
    {
        Askers gone; // outlive the mutex, and end the circle
        SyncCacheLoadResult<Values> all;
        {
            const std::lock_guard lock(m_mutex);
            if (--m_missing != 0)
                return;
            gone.swap(m_askers);
        }
        // All are told, and what they were told is known by the mutex.
        for (const auto &asker : gone)
            asker->addTo(*this);
        if (m_values.isEmpty() && m_error)
            all.error = m_error;
        else
            all.value = std::move(m_values);
        this->setOver();
        report(m_promise, all);
        this->leave();
        (void)guarded([this] { m_promise.reportFinished(); });
    }

    void end(const SyncCacheError &why)
    {
        end(why, [](const AskedLoad<T> &) { return true; });
    }
    // For what concerns these.
    template <typename Which>
    void end(const SyncCacheError &why, Which &&which)
    {
        const auto kept = itself();
        const LoaderFrame frame(m_owner); // continuations run here
        const Askers all = askers();
        for (const auto &asker : all) {
            if (!asker->isWaiting() || !which(*asker->load))
                continue;
            const bool isMine = asker->load->leave(*asker);
            if (isMine)
                asker->deliver({ {}, why });
            asker->load->wasLeft();
            if (isMine)
                asker->finish();
        }
        if (!this->isOver())
            return;
        for (const auto &asker : all) {
            if (asker->load)
                asker->load->carrier().wakeSleepers();
        }
    }

    const void *const m_owner;
    // The thread that asks, and then the last one to be told.
    Values m_values;
    SyncCacheError m_error;
    QFutureInterface<Values> m_promise;
    mutable QMutex m_mutex; // the next two
    Askers m_askers;
    qsizetype m_missing = 1; // whoever is asking
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
