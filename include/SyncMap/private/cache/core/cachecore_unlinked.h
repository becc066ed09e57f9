// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/core/cachecore.h>

#include <QtCore/qvarlengtharray.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Lives longer than the lock, and shorter than the pin.
template <typename Key, typename T>
class CacheCore<Key, T>::Unlinked
{
public:
    Unlinked(CacheCore &core, Writer &pin) noexcept : m_core(core), m_pin(pin) { }
    Q_DISABLE_COPY_MOVE(Unlinked)
    ~Unlinked()
    {
        if (Q_UNLIKELY(m_isToTell) && tellsOfEntries())
            sayIfPossible([this] { tellOfAll(); });
        while (Node *node = m_first) {
            m_first = static_cast<Node *>(node->next());
            m_core.m_map.retire(m_pin, node);
        }
        if (m_observers)
            tellObservers();
        if (Q_UNLIKELY(m_timerWait != 0))
            m_core.startTimer(m_timerWait);
        if (!m_listeners)
            return;
        countNews();
        bool areAllOpen = true;
        for (const auto &listener : *m_listeners) {
            areAllOpen = areAllOpen && listener->isOpen();
            QT_TRY
            {
                listener->schedule();
            }
            QT_CATCH(...)
            {
                // No memory for an event: the next removal tries again.
            }
        }
        // Likewise.
        if (Q_UNLIKELY(!areAllOpen))
            (void)guarded([this] { m_core.changeListeners([](Listeners &) {}); });
    }

    // For the map's observers. Called under the lock; they are told after it. The node stays, since
    // the pin does.
    void changed(const Node *node, MapChange change) noexcept
    {
        if (!m_observers)
            m_observers = m_core.m_map.observers();
        if (Q_LIKELY(!m_observers))
            return;
        QT_TRY
        {
            m_changes.append({ node, change });
        }
        QT_CATCH(...)
        {
            m_lostChanges = true;
        }
    }

    // Likewise; the key is the caller's, who lives longer.
    void missed(const Key &key, quint64 hash) noexcept
    {
        m_observers = m_core.m_map.observers();
        m_missed = &key;
        m_missedHash = hash;
    }

    // Nanoseconds, more than none.
    void startTimer(qint64 wait) noexcept { m_timerWait = wait; }

    // Before one of the next two.
    void parted(SyncCacheRemovalCause cause) noexcept { m_isToTell |= isToldOf(cause); }

    // Without a listener, or the memory to tell it.
    void retire(Node *node) noexcept
    {
        node->setNext(m_first);
        m_first = node;
    }

    void tell(const std::shared_ptr<const Listeners> &listeners, Node *node)
    {
        m_listeners = listeners;
        std::shared_ptr<Removed> news;
        QT_TRY
        {
            news = std::make_shared<Removed>(m_core.weak_from_this().lock(), node,
                                             ++m_core.m_newsCount);
        }
        QT_CATCH(...)
        {
            for (const auto &listener : *listeners)
                listener->drop();
            retire(node);
            return;
        }
        for (const auto &listener : *listeners) {
            QT_TRY
            {
                listener->add(news);
            }
            QT_CATCH(...)
            {
                listener->drop();
            }
        }
        // Perhaps all have been told of it by now: then it ends with this, after the lock.
        news->next = std::move(m_news);
        m_news = std::move(news);
    }

private:
    // For people who debug. What there was no memory to tell listeners of is among the first.
    void tellOfAll() const
    {
        for (const Node *node = m_first; node; node = static_cast<const Node *>(node->next()))
            tellOf(node->key, entryOf(node));
        for (const Removed *news = m_news.get(); news; news = news->next.get())
            tellOf(news->key(), news->entry());
    }
    void tellOf(const Key &key, const Entry &entry) const
    {
        const auto cause = SyncCacheRemovalCause(entry.cause);
        if (isToldOf(cause)) {
            tellOfRemoval(textForMessage(key), cause, entry.cost, m_core.totalCost(),
                          m_core.maxCost());
        }
    }

    // What they weigh, in the listeners' backlogs.
    void countNews() noexcept
    {
        for (std::shared_ptr<Removed> news = std::move(m_news); news;
             news = std::move(news->next)) {
            const ByteCount bytes = news->bytes();
            const quint64 guess = bytes.unknown == 0 ? 0 : news->cost();
            for (const auto &listener : *m_listeners)
                listener->count(news->number(), { bytes.bytes, guess }, m_core.newsBound());
        }
    }

    void tellObservers() noexcept
    {
        for (const Change &change : std::as_const(m_changes))
            m_observers->changed(change.node->key, change.node->hash, change.what);
        if (m_lostChanges)
            m_observers->anyChanged();
        if (m_missed)
            m_observers->missed(*m_missed, m_missedHash);
    }

    struct Change
    {
        const Node *node;
        MapChange what;
    };

    CacheCore &m_core;
    Writer &m_pin;
    Node *m_first = nullptr;
    bool m_isToTell = false; // whoever debugs
    const typename Engine::Observers *m_observers = nullptr;
    QVarLengthArray<Change, 4> m_changes;
    bool m_lostChanges = false;
    const Key *m_missed = nullptr;
    quint64 m_missedHash = 0;
    qint64 m_timerWait = 0;
    std::shared_ptr<const Listeners> m_listeners;
    std::shared_ptr<Removed> m_news; // the latest one, which has those before it
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
