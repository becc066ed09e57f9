// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/map/observer.h>

#include <QtCore/qmutex.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Keys of a cache whose values were made of what another key stands for: a picture in one of its
// sizes. They go when that key is written, removed or invalidated, in the thread of whoever does so,
// before his call returns; their loads are called off by the same removal. So it makes no difference
// whether the key itself is in the cache.
//
// No old value stays. Who asks for a derived key holds it first, and begins to load it after. A change
// that comes before finds no load to call off, and the loader sees what has changed; one that comes
// after finds the note.
//
// One per cache, made when the first is held, and then the cache's: those who asked may be gone when
// the key changes. Its memory is bounded by the derived keys that are present or held.
template <typename Cache>
class DerivedKeys : public MapObserver<typename Cache::key_type>,
                    public std::enable_shared_from_this<DerivedKeys<Cache>>
{
    using Key = typename Cache::key_type;

    struct Note
    {
        Key key; // of which it is derived
        Key derived;
        int holders = 0;
        bool isFresh = true; // since the last sweep
    };
    using NotePointer = std::shared_ptr<Note>;

public:
    static std::shared_ptr<DerivedKeys> of(Cache &cache)
    {
        const auto core = Internals::coreOf(cache);
        std::shared_ptr<DerivedKeys> found;
        const auto look = [&found](const auto &observers) {
            for (const auto &one : observers.all) {
                if (!found && one->kind() == &Kind)
                    found = std::static_pointer_cast<DerivedKeys>(one);
            }
        };
        core->map().forObservers(look);
        if (found)
            return found;
        const auto fresh = std::make_shared<DerivedKeys>(cache);
        core->attach(fresh);
        core->map().forObservers(look); // the first one, if another thread has made one, too
        if (found != fresh)
            core->map().detach(fresh.get());
        return found;
    }

    explicit DerivedKeys(Cache &cache) noexcept : m_cache(cache) { }

    // Until the answer goes, \a derived is in use: it is being looked for, or loaded.
    std::shared_ptr<void> hold(Key key, Key derived)
    {
        const quint64 hash = Internals::coreOf(m_cache)->hashOf(key);
        const std::lock_guard lock(m_mutex);
        if (m_notes.size() >= m_sweepAt)
            sweepLocked();
        NotePointer note;
        const auto [begin, end] = m_notes.equal_range(hash);
        const auto known = std::find_if(begin, end, [&](const auto &one) {
            return one.second->key == key && one.second->derived == derived;
        });
        if (known != end) {
            note = known->second;
        } else {
            note = std::make_shared<Note>(Note { std::move(key), std::move(derived) });
            m_notes.emplace(hash, note);
        }
        auto held = std::make_shared<Hold>(this->shared_from_this(), note);
        ++note->holders;
        note->isFresh = true;
        return held;
    }

    std::size_t size() const
    {
        const std::lock_guard lock(m_mutex);
        return m_notes.size();
    }

    void changed(const Key &key, quint64 hash, MapChange change) noexcept override
    {
        // For room, or by time: what it stands for is the same.
        if (change != MapChange::Evicted && change != MapChange::Expired)
            drop(hash, &key);
    }
    void missed(const Key &key, quint64 hash) noexcept override { drop(hash, &key); }
    void cleared() noexcept override { } // with them
    void anyChanged() noexcept override { drop(0, nullptr); }
    // Who is writing by then is waited for, but for a call that has itself ended the cache.
    void closing() noexcept override
    {
        const std::lock_guard lock(m_mutex);
        m_isClosed = true;
    }
    const void *kind() const noexcept override { return &Kind; }

private:
    class Hold
    {
    public:
        Hold(std::shared_ptr<DerivedKeys> keys, NotePointer note) noexcept
            : m_keys(std::move(keys)), m_note(std::move(note))
        {
        }
        Q_DISABLE_COPY_MOVE(Hold)
        ~Hold()
        {
            const std::lock_guard lock(m_keys->m_mutex);
            --m_note->holders;
        }

    private:
        const std::shared_ptr<DerivedKeys> m_keys;
        const NotePointer m_note;
    };

    // What is derived of the key, or of any. A removal tells of itself, to this one, too.
    void drop(quint64 hash, const Key *key) noexcept
    {
        // Without memory, the notes stay for the next change.
        (void)guarded([&] {
            std::vector<NotePointer> gone;
            {
                const std::lock_guard lock(m_mutex);
                if (m_isClosed)
                    return;
                auto [it, end] = key ? m_notes.equal_range(hash)
                                     : std::make_pair(m_notes.begin(), m_notes.end());
                for (; it != end; ++it) {
                    if (!key || it->second->key == *key)
                        gone.push_back(it->second);
                }
            }
            for (const NotePointer &note : gone)
                m_cache.remove(note->derived);
        });
    }

    // What is neither present nor held, and was not just asked for: who cancels a load lets go of it
    // a little before the cache does.
    void sweepLocked()
    {
        for (auto it = m_notes.begin(); it != m_notes.end();) {
            Note &note = *it->second;
            const bool isOver =
                    note.holders == 0 && !note.isFresh && !m_cache.contains(note.derived);
            note.isFresh = false;
            it = isOver ? m_notes.erase(it) : std::next(it);
        }
        m_sweepAt = (std::max)(SmallestSweep, 2 * m_notes.size());
    }

    static inline char Kind = 0; // its address: not const, or a linker may fold several into one
    static constexpr std::size_t SmallestSweep = 64;

    Cache &m_cache; // whose writers call this
    mutable QMutex m_mutex;
    std::unordered_multimap<quint64, NotePointer> m_notes; // by the hash of the key
    std::size_t m_sweepAt = SmallestSweep;
    bool m_isClosed = false;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
