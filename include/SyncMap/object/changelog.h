// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/newsbell.h>
#include <SyncMap/object/pendingkeys.h>
#include <SyncMap/object/stripelock.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace SyncMapInternal {

// What a SyncCacheObject is told of the map that it shows: which keys changed since it last looked,
// whatever the rate of the writes. Its memory is bounded by the number of distinct changed keys.
//
// Striped by threads: a writer finds its stripe in its own cache, where striping by keys made each
// write wait for a line that another processor had written last, and cost twice as much. A key that
// several threads wrote is in several stripes, until it is taken.
//
// Copies a key, and compares keys, under a lock of its own. If there is no memory to remember a key,
// "any key" is remembered instead.
template <typename Key>
class ChangeLog : public MapObserver<Key>
{
public:
    using Pending = PendingKeys<Key>;

    ChangeLog(std::shared_ptr<NewsBell> bell, std::function<void()> whenClosing)
        : m_bell(std::move(bell)), m_whenClosing(std::move(whenClosing))
    {
    }

    void changed(const Key &key, quint64 hash, MapChange change) noexcept override
    {
        Stripe &stripe = m_stripes[ownStripe()];
        {
            const std::lock_guard lock(stripe.mutex);
            QT_TRY
            {
                stripe.keys.add(key, hash, change);
            }
            QT_CATCH(...)
            {
                stripe.isAnyChanged = true;
            }
        }
        m_bell->ring();
    }
    void cleared() noexcept override
    {
        {
            const std::lock_guard lock(m_stripes[0].mutex);
            m_stripes[0].isCleared = true;
        }
        m_bell->ring();
    }
    void anyChanged() noexcept override
    {
        {
            const std::lock_guard lock(m_stripes[0].mutex);
            m_stripes[0].isAnyChanged = true;
        }
        m_bell->ring();
    }
    void closing() noexcept override
    {
        m_whenClosing();
        anyChanged();
    }

    struct Summary
    {
        bool isCleared = false;
        bool isAnyChanged = false;
    };

    // Moves what changed to \a pending, each key once. Of what several threads did to a key, a removal
    // counts, then an invalidation, and else any.
    Summary take(Pending &pending)
    {
        Summary summary;
        for (Stripe &stripe : m_stripes) {
            typename Pending::List list;
            {
                const std::lock_guard lock(stripe.mutex);
                list = stripe.keys.take();
                summary.isCleared |= std::exchange(stripe.isCleared, false);
                summary.isAnyChanged |= std::exchange(stripe.isAnyChanged, false);
            }
            QT_TRY
            {
                pending.merge(std::move(list));
            }
            QT_CATCH(...)
            {
                summary.isAnyChanged = true;
            }
        }
        return summary;
    }

private:
    static constexpr unsigned StripeCount = 16;

    // The threads take turns.
    static unsigned ownStripe() noexcept
    {
        static std::atomic<unsigned> threads { 0 };
        static thread_local const unsigned own =
                threads.fetch_add(1, std::memory_order_relaxed) % StripeCount; // relaxed: a number
        return own;
    }

    struct alignas(64) Stripe
    {
        StripeLock mutex;
        Pending keys;
        bool isCleared = false;
        bool isAnyChanged = false;
    };

    const std::shared_ptr<NewsBell> m_bell;
    const std::function<void()> m_whenClosing;
    std::array<Stripe, StripeCount> m_stripes;
};

} // namespace SyncMapInternal
