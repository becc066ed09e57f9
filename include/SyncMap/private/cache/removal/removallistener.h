// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheremovalcause.h>
#include <SyncMap/private/cache/removal/courier.h>
#include <SyncMap/private/cache/removal/listenerbase.h>
#include <SyncMap/private/reclamation/tenure.h>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qscopeguard.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

SYNCMAP_EXPORT void reportThrowingListener(const char *what) noexcept;
SYNCMAP_EXPORT void reportSlowListener() noexcept;

// One listener of a cache: the news that it was not told yet, and the way to its thread. \c Removed
// keeps an unlinked node alive, and is shared by all listeners.
//
// It is open until it is disconnected, or its context has gone: whoever ends that frees what was not
// told yet, and nothing is added from then on. (What is added under the mutex of the news before they
// are freed goes with them; after that, it is seen under the same mutex that the listener is closed.)
template <typename Key, typename T, typename Removed>
class RemovalListener : public ListenerBase,
                        public std::enable_shared_from_this<RemovalListener<Key, T, Removed>>
{
    struct Private
    {
    };

public:
    using Function = std::function<void(const Key &, const T &, SyncCacheRemovalCause)>;
    using News = std::shared_ptr<const Removed>;

    // What news keep of memory, as far as is known.
    struct Weight
    {
        quint64 bytes = 0;
        // If nobody can know of all of it: at least 1, and what the entry cost. Else 0.
        quint64 guess = 0;
    };
    // Beyond these, the oldest news are dropped: a thread that sleeps must not eat the memory. The
    // latest one is always kept, and so are so many of those that only a guess bounds.
    struct Bound
    {
        quint64 bytes = 0;
        quint64 guesses = 0;
        quint64 guessed = 0; // their number

        // So many are kept, whatever they cost: if each took a MiB, they would be within the bytes.
        quint64 leastGuessed() const noexcept { return qMax<quint64>(bytes >> 20, 1); }
    };
    static constexpr qsizetype DefaultBytes = 64 << 20;
    static constexpr quint64 MostGuessed = 65536; // where the cache has no bound

    // Nobody is told once the cache's \a tenure is closed.
    static std::shared_ptr<RemovalListener> on(QObject *context, Function function,
                                               std::shared_ptr<TenureBase> tenure)
    {
        auto listener = std::make_shared<RemovalListener>(Private(), std::move(function),
                                                          std::move(tenure));
        listener->m_courier =
                std::make_unique<Courier>(context, [weak = listener->weak_from_this()] {
                    if (const auto self = weak.lock())
                        self->forgetInUse();
                });
        return listener;
    }
    RemovalListener(Private, Function function, std::shared_ptr<TenureBase> tenure)
        : m_tenure(std::move(tenure)), m_function(std::move(function))
    {
    }
    Q_DISABLE_COPY_MOVE(RemovalListener)
    ~RemovalListener() override = default;

    bool isOpen() const override { return m_courier->isOpen(); }
    void disconnect() override
    {
        m_courier->close();
        forgetInUse();
    }

    struct Backlog
    {
        quint64 count = 0;
        quint64 bytes = 0;
        quint64 dropped = 0;
    };
    Backlog backlog() const
    {
        const std::lock_guard lock(m_mutex);
        return { m_pending.size(), m_bytes, m_dropped };
    }

    // Under the cache's lock, so that news come in their order. They weigh nothing until they are
    // counted. Throws std::bad_alloc, with no effect.
    void add(const News &news)
    {
        const std::lock_guard lock(m_mutex);
        if (isOpen())
            m_pending.push_back({ news, {} });
    }

    // The news of that number weigh so much, if they were not told yet. Drops the oldest ones if that
    // is too much for all of them. Under no lock. Logarithmic in the number of pending news.
    void count(quint64 number, const Weight &weight, const Bound &bound) noexcept
    {
        std::vector<News> dropped; // outlives the lock
        const std::lock_guard lock(m_mutex);
        const auto found = std::lower_bound(
                m_pending.begin(), m_pending.end(), number,
                [](const Pending &each, quint64 wanted) { return each.news->number() < wanted; });
        if (found == m_pending.end() || found->news->number() != number)
            return;
        found->weight = weight;
        m_bytes += weight.bytes;
        m_guesses += weight.guess;
        m_guessed += weight.guess != 0;
        dropLocked(bound, dropped);
    }

    // What is too much now. Under no lock.
    void limit(const Bound &bound) noexcept
    {
        std::vector<News> dropped; // outlives the lock
        const std::lock_guard lock(m_mutex);
        dropLocked(bound, dropped);
    }

    // Counts news that there was no memory for.
    void drop() noexcept
    {
        const std::lock_guard lock(m_mutex);
        ++m_dropped;
    }

    // Sees to it that the pending news are told.
    void schedule()
    {
        bool isReportDue = false;
        bool isScheduled = true;
        {
            const std::lock_guard lock(m_mutex);
            isReportDue = std::exchange(m_isReportDue, false);
            if (!m_pending.empty())
                isScheduled = std::exchange(m_isScheduled, true);
        }
        // Under no lock: the application's message handler may use the cache.
        if (isReportDue)
            reportSlowListener();
        if (isScheduled)
            return;
        auto undo = qScopeGuard([this] {
            const std::lock_guard lock(m_mutex);
            m_isScheduled = false;
        });
        const bool isPosted =
                m_courier->post([self = this->shared_from_this()] { self->deliver(); });
        undo.dismiss();
        if (!isPosted)
            forgetInUse();
    }

    // Tells nothing any more, and forgets what was not told, and the listener, unless it is the one
    // that has ended the cache. Once the tenure is closed.
    void close()
    {
        m_courier->close();
        forget();
        if (!m_tenure->isUsedHere())
            m_function = nullptr;
    }

private:
    // What was not told yet, under no lock.
    void forget()
    {
        std::deque<Pending> forgotten;
        {
            const std::lock_guard lock(m_mutex);
            forgotten.swap(m_pending);
            m_bytes = m_guesses = m_guessed = 0;
        }
        if (forgotten.empty())
            return;
        const auto core = forgotten.front().news->core();
        forgotten.clear();
        core->map().collect();
    }

    // The cache's end waits for it, or else forgets them itself.
    void forgetInUse()
    {
        const TenureBase::UseBase use(*m_tenure);
        if (use.hasBegun())
            forget();
    }

    // In the listener's thread: as much as was pending when it began, for a slice of time, so that
    // the event loop lives on beside a storm of news, or beside a listener that causes news itself.
    // One by one, so that what is not told yet counts as the backlog that it is.
    void deliver()
    {
        std::size_t count = 0;
        {
            const std::lock_guard lock(m_mutex);
            m_isScheduled = false;
            count = m_pending.size();
        }
        const QDeadlineTimer slice(SliceMilliseconds);
        for (; count > 0 && m_courier->isOpen() && !slice.hasExpired(); --count) {
            // The cache's end waits for a call that is under way, and for the end of the news.
            const TenureBase::UseBase use(*m_tenure);
            if (!use.hasBegun())
                break;
            if (const News news = takeFirst())
                tell(*news);
        }
        if (m_courier->isOpen())
            schedule();
        else
            forgetInUse();
    }

    // Null if it was dropped meanwhile.
    News takeFirst()
    {
        const std::lock_guard lock(m_mutex);
        if (m_pending.empty())
            return nullptr;
        return takeFirstLocked();
    }

    News takeFirstLocked() noexcept
    {
        Pending first = std::move(m_pending.front());
        m_pending.pop_front();
        m_bytes -= first.weight.bytes;
        m_guesses -= first.weight.guess;
        m_guessed -= first.weight.guess != 0;
        return std::move(first.news);
    }

    bool isTooMuchLocked(const Bound &bound) const noexcept
    {
        if (m_guessed > bound.leastGuessed()
            && (m_guesses > bound.guesses || m_guessed > bound.guessed))
            return true;
        return m_bytes > bound.bytes && m_pending.size() > 1;
    }

    void dropLocked(const Bound &bound, std::vector<News> &dropped) noexcept
    {
        while (isTooMuchLocked(bound)) {
            QT_TRY
            {
                dropped.push_back(m_pending.front().news);
            }
            QT_CATCH(...)
            {
                return; // with the next one
            }
            (void)takeFirstLocked();
            m_isReportDue = m_isReportDue || m_dropped == 0;
            ++m_dropped;
        }
    }

    void tell(const Removed &removed) noexcept
    {
        QT_TRY
        {
            m_function(removed.key(), removed.value(), removed.cause());
#ifndef QT_NO_EXCEPTIONS
        }
        catch (const std::exception &exception)
        {
            reportThrowingListener(exception.what());
#endif
        }
        QT_CATCH(...)
        {
            reportThrowingListener(nullptr);
        }
    }

    struct Pending
    {
        News news;
        Weight weight; // as counted
    };

    static constexpr int SliceMilliseconds = 8; // half a frame

    std::unique_ptr<Courier> m_courier; // set once
    const std::shared_ptr<TenureBase> m_tenure;
    Function m_function;
    mutable QMutex m_mutex;
    std::deque<Pending> m_pending; // by number
    quint64 m_bytes = 0; // of all of them, as the next ones
    quint64 m_guesses = 0;
    quint64 m_guessed = 0;
    quint64 m_dropped = 0;
    bool m_isScheduled = false;
    bool m_isReportDue = false;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
