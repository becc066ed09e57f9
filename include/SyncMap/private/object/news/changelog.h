// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/news/newsbell.h>
#include <SyncMap/private/object/news/pendingkeys.h>
#include <SyncMap/private/object/news/stripelock.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

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
    using List = typename Pending::List;

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
    void loaderReplaced() noexcept override
    {
        {
            const std::lock_guard lock(m_stripes[0].mutex);
            m_stripes[0].isLoaderOther = true;
        }
        m_bell->ring();
    }
    void closing() noexcept override
    {
        m_whenClosing();
        cleared();
    }

    struct Summary
    {
        bool isCleared = false;
        bool isAnyChanged = false;
        bool isLoaderOther = false;
    };

    // All that follows in the object's thread.

    // What was put down before this call is of the round: it is taken before whatever comes later.
    Summary beginRound() noexcept
    {
        Summary summary;
        for (Stripe &stripe : m_stripes) {
            const std::lock_guard lock(stripe.mutex);
            stripe.keys.beginRound();
            summary.isCleared |= std::exchange(stripe.isCleared, false);
            summary.isAnyChanged |= std::exchange(stripe.isAnyChanged, false);
            summary.isLoaderOther |= std::exchange(stripe.isLoaderOther, false);
        }
        return summary;
    }

    bool isRoundOver() noexcept
    {
        return m_givenBack.empty()
                && std::all_of(m_stripes.begin(), m_stripes.end(), [](Stripe &stripe) {
                       const std::lock_guard lock(stripe.mutex);
                       return stripe.keys.isRoundOver();
                   });
    }

    // Up to \a most keys of the round, first those that were given back. Each is in no stripe any
    // more, so it is told once. Of what several threads did to a key, a removal counts, then an
    // invalidation, and else any. Without memory, the others wait.
    const List &take(std::size_t most)
    {
        m_taken = {};
        QT_TRY
        {
            for (; !m_givenBack.empty() && m_taken.size() < most; m_givenBack.pop_front())
                m_taken.push_back(std::move_if_noexcept(m_givenBack.front()));
            takeOutOfOthers(0, nullptr);
            for (Stripe &stripe : m_stripes) {
                while (m_taken.size() < most) {
                    const std::size_t first = m_taken.size();
                    takeRun(stripe, m_taken, most - first);
                    if (m_taken.size() == first)
                        break;
                    takeOutOfOthers(first, &stripe);
                }
            }
        }
        QT_CATCH(...) { }
        return m_taken;
    }
    // The same for nobody: how many they were.
    std::size_t drop(std::size_t most)
    {
        std::size_t dropped = m_givenBack.size();
        m_givenBack.clear();
        QT_TRY
        {
            for (Stripe &stripe : m_stripes) {
                for (List list; dropped < most; dropped += list.size()) {
                    list.clear();
                    takeRun(stripe, list, most - dropped);
                    if (list.empty())
                        break;
                }
            }
        }
        QT_CATCH(...) { }
        return dropped;
    }
    // Those at \a places of the last ones, which ascend, come first with the next ones; the others are
    // done with.
    template <typename Places>
    void giveBack(const Places &places)
    {
        for (auto place = std::rbegin(places); place != std::rend(places); ++place)
            m_givenBack.push_front(std::move(m_taken[std::size_t(*place)]));
        m_taken = {};
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

    // Under a lock, of few: a writer of this stripe waits for that long.
    static constexpr std::size_t RunLength = 64;

    struct Stripe;
    static void takeRun(Stripe &stripe, List &list, std::size_t most)
    {
        const std::lock_guard lock(stripe.mutex);
        stripe.keys.takeFirst(list, (std::min)(most, RunLength));
    }
    // Those of m_taken from \a first on.
    void takeOutOfOthers(std::size_t first, const Stripe *own)
    {
        for (Stripe &other : m_stripes) {
            if (&other == own)
                continue;
            const std::lock_guard lock(other.mutex);
            for (std::size_t i = first; i < m_taken.size() && !other.keys.isEmpty(); ++i) {
                auto &taken = m_taken[i];
                if (const auto change = other.keys.takeOut(taken.key, taken.hash))
                    taken.change = Pending::heavier(taken.change, *change);
            }
        }
    }

    struct alignas(64) Stripe
    {
        StripeLock mutex;
        Pending keys;
        bool isCleared = false;
        bool isAnyChanged = false;
        bool isLoaderOther = false;
    };

    const std::shared_ptr<NewsBell> m_bell;
    const std::function<void()> m_whenClosing;
    std::array<Stripe, StripeCount> m_stripes;
    List m_taken;
    std::deque<typename List::value_type> m_givenBack;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
