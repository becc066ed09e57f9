// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/newsbell.h>
#include <SyncMap/object/pendingkeys.h>

#include <array>
#include <functional>
#include <memory>
#include <mutex>

namespace SyncMapInternal {

// What a SyncCacheObject is told of the map that it shows: which keys changed since it last looked,
// whatever the rate of the writes. Its memory is bounded by the number of distinct changed keys.
//
// Striped, so that two writers rarely meet. Copies a key, and compares keys, under a lock of its
// own. If there is no memory to remember a key, "any key" is remembered instead.
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
        Stripe &stripe = m_stripes[hash >> (64 - StripeBits)];
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

    // Calls visit(list) for each stripe with news.
    template <typename Visit>
    Summary take(Visit &&visit)
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
            if (!list.empty())
                visit(std::as_const(list));
        }
        return summary;
    }

private:
    static constexpr int StripeBits = 4;

    struct alignas(64) Stripe
    {
        QMutex mutex;
        Pending keys;
        bool isCleared = false;
        bool isAnyChanged = false;
    };

    const std::shared_ptr<NewsBell> m_bell;
    const std::function<void()> m_whenClosing;
    std::array<Stripe, 1 << StripeBits> m_stripes;
};

} // namespace SyncMapInternal
