// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheclock.h>
#include <SyncMap/cache/synccacheconnection.h>
#include <SyncMap/cache/synccacheentryinfo.h>
#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/cache/synccacheloadcontext.h>
#include <SyncMap/cache/synccacheloadoptions.h>
#include <SyncMap/cache/synccacheloadresult.h>
#include <SyncMap/cache/synccachemanualclock.h>
#include <SyncMap/cache/synccachependingload.h>
#include <SyncMap/cache/synccacheremovalcause.h>
#include <SyncMap/cache/synccachestatistics.h>
#include <SyncMap/cache/synccachetrimlevel.h>
#include <SyncMap/map/syncmapkeylike.h>
#include <SyncMap/private/cache/advice.h>
#include <SyncMap/private/cache/core/core.h>
#include <SyncMap/private/cache/file/file.h>
#include <SyncMap/private/cache/loading/loading.h>
#include <SyncMap/private/cache/requirements.h>
#include <SyncMap/private/map/made.h>
#include <SyncMap/private/weight/weight.h>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfuture.h>
#include <QtCore/qhash.h>
#include <QtCore/qlist.h>

#include <memory>
#include <optional>

/*!
    \class SyncCache
    \inmodule SyncMap
    \threadsafe
    \brief A bounded cache that any number of threads read, fill and write at once.

    \code
    SyncCache<QString, QImage> thumbnails;
    thumbnails.setMaxBytes(64 * 1024 * 1024);
    thumbnails.setLoader([](const QString &path) { return QImage(path).scaled(256, 256); });

    // In this thread, when it is there, and as long as the view is:
    thumbnails.getOrLoad(path, view, &showThumbnail);
    \endcode

    \section1 What it promises

    A SyncCache is a SyncMap with a bound: what SyncMap says of threads, guards, hashes, exceptions
    and life-time holds here, too. A hit waits for no lock, and writes at most a mark into the entry
    that it found. Where nobody writes, one of some thousand hits of a thread takes the writers' lock,
    if it is free at that moment, for the eviction policy's work on 64 of them; of the thousand hits
    after an eviction, one of 64.

    totalCost() never passes maxCost(), unless setMaxCost() leaves less than pinned entries cost. What comes on top is bounded and shown by statistics():
    values that readers may still look at, and news for listeners that are slow. An entry is never
    the victim of its own insertion; an insertion evicts what its cost displaces, and frees a few
    entries that have expired.

    Which entry goes is decided by how often and how lately it was used, by what it costs, by how long
    its load took, and by how that worked out so far; see src/README.md. An entry that costs 16 times
    as much has to be used 16 times as often. The unit of cost does not matter. contains(), peek(),
    iteration and saving are no uses.

    An entry past its deadline is not returned by any operation that begins later. Its memory is
    freed by the next writes, by trim(), and, where the application's event loop runs, by one coarse
    timer, which does not run while nothing can expire.

    Writers queue for one short lock; no user code runs under it, except \c == on keys whose 64-bit
    hashes are equal, with the end of what that throws, and SyncCacheClock::now() of a clock of yours:
    perhaps in the thread of another writer, who does the work of those that wait. None is held while
    a loader runs.

\section1 Life-time

    Destroy a cache when no other thread calls it and no guard of it is open. When its destructor
    returns, all it held is destroyed, in this thread; all callers were told, those of loads under
    way SyncCacheError::CacheDestroyed; and of what is yours nothing is touched any more but loaders
    that run. They are not waited for. What is waited for, and so must not wait for the thread that
    destroys the cache: a listener of onRemoved() that is being called, the copying and weighing of a
    value that was just loaded, continuations of a future that is just being finished, the entry that
    restore() is just reading, and save(), which is finished first. News of removals that were not delivered are dropped.

    Thread pools, clocks and weighers have to live until then, and not longer. Context objects, their
    threads and the application may end at any time, and in any order. Their connectNotify() and
    disconnectNotify(), which are called when the library begins and ceases to look after them, must
    not use a cache.

    \section1 Beside SyncMap

    What SyncMap has and this class has not: reserve(), squeeze() and collect(), for which trim() is
    here; takeLater(), replace(), insertOrAssign(), tryEmplace() and ranges; work that a pool shares.
    Values may be move-only, as there: then what returns a value, or makes one of another, does not
    compile, nor do loaders and files; insert(), get(), tryInsert() under a guard, remove() and the
    rest do.

    \section1 When not to use it

    Without a bound, expiry or loaders, SyncMap is smaller and writes faster. In one thread, QCache
    is. For data that must not get lost, use a database: a cache may drop anything at any time.
*/
template <typename Key, typename T>
class SyncCache
{
    using Core = typename SyncMapInternal::CoreFor<Key, T>::Type;
    using Engine = typename Core::Engine;
    using Reader = typename Core::Reader;
    using Writer = typename Core::Writer;
    using Position = typename Core::Position;
    using Entry = typename Core::Entry;
    using IfPresent = typename Core::IfPresent;
    using Outcome = typename Core::Outcome;
    using Exchange = typename Core::Exchange;
    template <typename Other>
    using IfKeyLike = SyncMapInternal::IfKeyLike<Key, Other>;
    template <typename Loader>
    using IfLoader = std::enable_if_t<SyncMapInternal::isLoader<Key, T, Loader>, bool>;
    template <typename Context>
    using IfContext = std::enable_if_t<std::is_convertible_v<Context, QObject *>, bool>;

    friend SyncMapInternal::Internals;

    static_assert(
            SyncMapInternal::isComplete<Key> && SyncMapInternal::isComplete<T>,
            "keys and values of a SyncCache must be complete types where it is a member: hold "
            "the cache by a std::unique_ptr");
    static_assert(
            SyncMapInternal::isDestroyedSilently<Key> && SyncMapInternal::isDestroyedSilently<T>,
            "keys and values of a SyncCache must not throw when they are destroyed");

public:
    /*! The type of the keys, for generic code. */
    using key_type = Key;
    /*! The type of the values, for generic code. */
    using mapped_type = T;
    /*! What get() returns. */
    using ConstPointer = const T *;

    /*!
        The SyncCacheLoadContext of loaders that bring other keys than their own: it has
        \c{insert(const Key &, const T &)}, which stores such an entry unless it is pinned, or its
        key was written, removed or loaded since the load began.
    */
    using LoadContext = SyncMapInternal::LoadContext<Key, T>;

    /*! A read-side critical section, as SyncMap::Guard. */
    class [[nodiscard]] Guard
    {
    public:
        Guard(Guard &&) noexcept = default;
        Guard &operator=(Guard &&) noexcept = default;
        ~Guard() = default;

    private:
        friend class SyncCache;
        explicit Guard(typename Engine::Domain &domain) : m_pin(domain) { }
        Q_DISABLE_COPY(Guard)

        SyncMapInternal::HeldPin<typename Engine::Traits> m_pin;
    };

    /*! What tryInsert() returns: the value that is in the cache, or could not fit. */
    struct TryInsertResult
    {
        T value; //!< a copy of what is in the cache now, or what could not fit
        bool inserted; //!< it is new, and what was given
    };

    /*! The same under a guard: a look at the value that is in the cache; null if it could not fit. */
    struct TryInsertPointer
    {
        ConstPointer value; //!< what is in the cache now, as long as the guard is open; or null
        bool inserted; //!< it is new, and what was given
    };

    /*! A cache for entries whose costs add up to 1000. */
    SyncCache();
    /*! A cache for entries whose costs add up to \a maxCost; -1 is unbounded. */
    explicit SyncCache(qsizetype maxCost);
    Q_DISABLE_COPY_MOVE(SyncCache)
    ~SyncCache() { m_core->close(); }

    // Set-up. Before other threads use the cache, except for times, which count from the next write.

    /*!
        Costs are asked of \a weigher, once for each value that comes without a cost of its own, in
        the thread that brings it and under no lock. Without a weigher they are 1, and a null one takes
        it away. The unit of maxCost() is the weigher's, and its default of 1000 hardly meant for it:
        set both. For bytes, see setMaxBytes().
    */
    template <typename Weigher = std::function<qsizetype(const Key &, const T &)>>
    void setWeigher(Weigher weigher)
    {
        if constexpr (SyncMapInternal::Weighs<Key, T, Weigher>::value) {
            constexpr bool weighsBytes = std::is_same_v<Weigher, SyncByteWeigher<T>>;
            m_core->setWeigher(std::move(weigher), weighsBytes);
        }
    }
    /*! Returns true if costs are asked of a weigher. */
    bool hasWeigher() const noexcept { return m_core->hasWeigher(); }

    /*!
        Time is asked of \a clock, which must outlive the cache; null is the system's. See
        SyncCacheManualClock.
    */
    void setClock(SyncCacheClock *clock) { m_core->setClock(clock); }
    SyncCacheClock *clock() const noexcept { return m_core->clock(); }

    /*!
        An entry expires \a span after it was written, or found not modified by its loader, unless it
        has a time of its own, see SyncCacheEntryOptions. SyncCacheForever, the default, is never; 0 or less is
        at once: nothing is stored. Time that the machine was suspended counts.
    */
    void setTimeToLive(std::chrono::milliseconds span) { set(m_core->times.toLive, span); }
    std::chrono::milliseconds timeToLive() const { return get(m_core->times.toLive); }

    /*!
        An entry expires \a span after its last use. To keep hits cheap, a use is noted only when a
        sixteenth of the span has passed since the last one: an entry may go that much early.
        SyncCacheForever and 0 as for the time to live. Time that the machine was suspended does not count.
    */
    void setTimeToIdle(std::chrono::milliseconds span) { set(m_core->times.toIdle, span); }
    std::chrono::milliseconds timeToIdle() const { return get(m_core->times.toIdle); }

    /*!
        An entry is stale \a span after it was written: reads still return it, and getOrLoad()
        returns it and loads it anew in the background. SyncCacheForever, the default, is never; 0 or less
        is at once. Time that the machine was suspended counts.
    */
    void setStaleTime(std::chrono::milliseconds span) { set(m_core->times.toStale, span); }
    std::chrono::milliseconds staleTime() const { return get(m_core->times.toStale); }

    // The bound.

    /*! The bound: what the costs of all entries may add up to; -1 is none. */
    [[nodiscard]] qsizetype maxCost() const noexcept { return qsizetype(m_core->maxCost()); }

    /*!
        The bound is \a maxCost; -1, or what else is negative, is none. Evicts at once what is too much. Pinned entries stay,
        even if they alone are too much.
    */
    void setMaxCost(qsizetype maxCost) { m_core->setMaxCost(maxCost); }

    /*!
        Costs are bytes, as SyncByteWeigher counts them, and these may be \a maxBytes: weigher and
        bound in one. What an entry has beside key and value, as times and tags, counts, too. What a
        QVariant holds has to be known: see syncRegisterVariantSize(). For the first time before
        other threads use the cache; later, as setMaxCost().
    */
    void setMaxBytes(qsizetype maxBytes)
    {
        if (!m_core->weighsBytes())
            setWeigher(SyncByteWeigher<T>());
        setMaxCost(maxBytes);
    }
    /*! maxCost(), if costs are bytes; else -1. */
    qsizetype maxBytes() const noexcept { return m_core->weighsBytes() ? maxCost() : -1; }

    /*! The sum of the costs of all entries. Constant time. */
    [[nodiscard]] qsizetype totalCost() const noexcept { return qsizetype(m_core->totalCost()); }

    /*! The number of entries; those that have expired count until they are freed. */
    [[nodiscard]] qsizetype size() const noexcept { return m_core->map().size(); }
    /*! As size(). */
    [[nodiscard]] qsizetype count() const noexcept { return size(); }
    /*! Returns true if size() is 0. */
    [[nodiscard]] bool isEmpty() const noexcept { return size() == 0; }

    // Reads, as SyncMap's. All but contains() and peek() are uses, and count as a hit or a miss.

    /*! Opens a guard, as SyncMap::guard(). */
    [[nodiscard]] Guard guard() const { return Guard(m_core->map().domain()); }

    /*! Zero-copy: null, or valid and unchanged as long as \a guard is open. */
    [[nodiscard]] ConstPointer get(const Key &key, const Guard &guard) const
    {
        return getLike(key, guard);
    }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] ConstPointer get(const Other &key, const Guard &guard) const
    {
        return getLike(key, guard);
    }
    ConstPointer get(const Key &key,
                     const Guard &&guard) const = delete; // would dangle: name the guard
    template <typename Other, IfKeyLike<Other> = true>
    ConstPointer get(const Other &key,
                     const Guard &&guard) const = delete; // would dangle: name the guard

    /*! A copy of the value of \a key, or \c std::nullopt. */
    std::optional<T> find(const Key &key) const { return findLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    std::optional<T> find(const Other &key) const
    {
        return findLike(key);
    }

    /*! A copy of the value of \a key, or a default-constructed value; or \a defaultValue. */
    T value(const Key &key) const { return valueLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    T value(const Other &key) const
    {
        return valueLike(key);
    }
    T value(const Key &key, const T &defaultValue) const { return valueLike(key, defaultValue); }
    template <typename Other, IfKeyLike<Other> = true>
    T value(const Other &key, const T &defaultValue) const
    {
        return valueLike(key, defaultValue);
    }

    /*! Returns true if \a key is there. Neither a use, nor a hit or a miss. */
    [[nodiscard]] bool contains(const Key &key) const { return containsLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] bool contains(const Other &key) const
    {
        return containsLike(key);
    }

    /*! As find(), without a trace: neither a use, nor a hit or a miss. */
    [[nodiscard]] std::optional<T> peek(const Key &key) const { return peekLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] std::optional<T> peek(const Other &key) const
    {
        return peekLike(key);
    }

    /*! As SyncMap::storedKey(). Not a use. */
    [[nodiscard]] std::optional<Key> storedKey(const Key &key) const { return storedKeyLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] std::optional<Key> storedKey(const Other &key) const
    {
        return storedKeyLike(key);
    }

    /*! Copies of the values of \a keys, in their order. Each is a use, and a hit or a miss. */
    QList<std::optional<T>> findAll(const QList<Key> &keys) const;

    /*!
        Calls \a f for each entry, as SyncMap::forEach(), without those that have expired. Not a use
        of them.
    */
    template <typename Function>
    void forEach(Function &&f) const;
    /*! Copies of the keys, as forEach() finds them. */
    [[nodiscard]] QList<Key> keys() const;
    /*! Copies of the values, as forEach() finds them. */
    [[nodiscard]] QList<T> values() const;
    /*! Copies of keys and values, as forEach() finds them. */
    [[nodiscard]] QHash<Key, T> toHash() const;

    // Writes to one key. A write wins over a load of that key which is under way.

    /*!
        Stores \a value under \a key, with the cost that the weigher gives it, else 1. Returns false
        if it cannot fit, because it costs more than the cache may hold, or than pinned entries
        leave; then the key is absent, as in QCache. So it is, and false is returned, if its time to
        live is over before it begins: what was there goes for SyncCacheRemovalCause::Expired.
        Throws what the weigher throws, and \c std::bad_alloc, with no effect.
    */
    bool insert(Key key, T value) { return m_core->insert(std::move(key), std::move(value)); }

    /*!
        The same with a cost. It must not be negative: that is an assertion, and counts as 0. What
        costs nothing is never evicted.
    */
    template <typename Integral,
              std::enable_if_t<std::is_integral_v<Integral> && !std::is_same_v<Integral, bool>,
                               bool> = true>
    bool insert(Key key, T value, Integral cost)
    {
        return insert(std::move(key), std::move(value),
                      SyncCacheEntryOptions().setCost(toCost(cost)));
    }
    bool insert(Key key, T value, const SyncCacheEntryOptions &options)
    {
        return m_core->insert(std::move(key), std::move(value), options);
    }

    /*! Stores \a value under \a key, with \a options, unless the key is present. */
    TryInsertResult tryInsert(const Key &key, T value, const SyncCacheEntryOptions &options = {});

    /*!
        The same without copying a value, which is moved from only if it was inserted. The result is
        valid as long as \a guard is open.
    */
    [[nodiscard]] TryInsertPointer tryInsert(const Key &key, T &&value, const Guard &guard,
                                             const SyncCacheEntryOptions &options = {});
    TryInsertPointer
    tryInsert(const Key &key, T &&value, const Guard &&guard,
              const SyncCacheEntryOptions &options = {}) = delete; // would dangle: name the guard

    /*!
        Stores \a value under \a key and returns the one that was there before, whose options it
        takes over: pin, tags, a time to live of its own, which begins anew, and, without a weigher,
        the cost. As by insert(), the key is absent if \a value cannot fit.
    */
    std::optional<T> exchange(const Key &key, const T &value);

    /*!
        The value of \a key; on a miss, what \a make returns, which is stored with \a options if it
        fits. \a make runs under no lock, and, unlike a loader, in each thread that asks: one value
        is stored, and all calls return that one.
    */
    template <typename Make>
    T getOrInsert(const Key &key, Make &&make, const SyncCacheEntryOptions &options = {});

    /*!
        Replaces the value of \a key by \a desired, as by exchange(), if it equals \a expected.
        Returns false if it does not, if \a key is absent, or if \a desired cannot fit, and then \a
        key is absent.
    */
    [[nodiscard]] bool compareExchange(const Key &key, const T &expected, const T &desired);

    /*!
        Replaces the value of \a key by what \a f makes of it, as SyncMap::compute(). The result
        takes over the options of what was there, as by exchange(). Nullopt, and the key is absent,
        also if the result cannot fit.
    */
    template <typename Function>
    std::optional<T> compute(const Key &key, Function &&f);

    /*!
        Changes what \a options say of the entry of \a key; the rest stays, and so does the value, of
        which the cache makes a copy. A time to live begins now; the others go on. If that is over at
        once, the entry expires. Not a write: loads go on, and nobody is told of a removal. False if
        the key is absent, or the entry would not fit, and then it stays as it was.
    */
    bool setEntryOptions(const Key &key, const SyncCacheEntryOptions &options)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
            return m_core->setOptions(m_core->hashOf(key), key, options);
        }
    }
    template <typename Other, IfKeyLike<Other> = true>
    bool setEntryOptions(const Other &key, const SyncCacheEntryOptions &options)
    {
        return setEntryOptions(keyOf(key), options);
    }
    /*! What is known of the entry of \a key, if it is there. Not a use. Takes no lock. */
    [[nodiscard]] std::optional<SyncCacheEntryInfo> entryInfo(const Key &key) const
    {
        return m_core->infoOf(m_core->hashOf(key), key);
    }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] std::optional<SyncCacheEntryInfo> entryInfo(const Other &key) const
    {
        return entryInfo(keyOf(key));
    }

    /*! Removes \a key, and makes a load of it that is under way not be stored. */
    bool remove(const Key &key);
    template <typename Other, IfKeyLike<Other> = true>
    bool remove(const Other &key)
    {
        return remove(keyOf(key));
    }
    /*! Removes \a key if its value equals \a expected. */
    bool remove(const Key &key, const T &expected);
    /*! Removes \a key, as remove(), and returns its value. */
    std::optional<T> take(const Key &key);
    template <typename Other, IfKeyLike<Other> = true>
    std::optional<T> take(const Other &key)
    {
        return take(keyOf(key));
    }

    // Many keys.

    /*! Removes all entries that were inserted before, also pinned ones. Linear in their number. */
    void clear() { m_core->clear(); }

    /*! Removes the entries that \a predicate approves, as SyncMap::removeIf(). */
    template <typename Predicate>
    qsizetype removeIf(Predicate &&predicate);

    /*!
        Removes the entries that bear \a tag, for SyncCacheRemovalCause::Invalidated, keeps out those that
        are being loaded, and returns their number. Linear in it; other writers get their turn in
        between. A load that is under way does not say what tags it will have: who asks for its key
        joins it all the same, and gets its value, which is not stored.
    */
    qsizetype removeByTag(const QString &tag) { return m_core->removeByTag(tag); }

    /*!
        Marks the entry of \a key as stale: it can still be read, and the next getOrLoad() loads it
        anew. A load that is under way is not stored. False if the key is absent.
    */
    bool invalidate(const Key &key) { return m_core->invalidate(m_core->hashOf(key), key); }
    template <typename Other, IfKeyLike<Other> = true>
    bool invalidate(const Other &key)
    {
        return invalidate(keyOf(key));
    }
    /*! Marks all entries as stale, as invalidate(); loads that are under way are not stored. */
    void invalidateAll() { m_core->invalidateAll(); }

    /*! The value is there, but was invalidated, or its stale time is over. Not a use. */
    [[nodiscard]] bool isStale(const Key &key) const;
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] bool isStale(const Other &key) const
    {
        return isStale(keyOf(key));
    }

    /*!
        Frees memory: what has expired, failures whose time is over, and more with each \a level.
        Pinned entries stay. What the eviction policy remembers shrinks to what is held, and
        Complete forgets it.
    */
    void trim(SyncCacheTrimLevel level) { m_core->trim(level); }

    /*!
        To remember what it has evicted lately, the policy takes at most so many bytes; see
        SyncCacheStatistics::policyBytes. They come on top of the bound. -1, the default, is 1/64 of
        it if costs are bytes by setMaxBytes(). If not, it is 32 for each entry that is held; where what
        entries are worth differs much, that is costs, or the times of loads, by a factor of eight or so,
        it is 96, or 16 for each newcomer of usual cost that would fit. It is never more than 1 KiB for
        each entry that is held; 0 is none. What is too much is forgotten at once; after entries have left, with later
        evictions, or by clear(), setMaxCost() and trim().
    */
    void setMaxPolicyBytes(qsizetype bytes) { m_core->setMaxPolicyBytes(bytes); }
    qsizetype maxPolicyBytes() const { return m_core->maxPolicyBytes(); }

    /*!
        Whether entries whose load took longer than usual stay longer, which is the default: an entry
        whose load took 16 times as long counts as one of a quarter of its cost, and one that took a
        16th as one of four times its cost; 32 times at most. Usual is what the last loads took, 64 or
        so; within a factor of four of that, and below two milliseconds, all are alike. Less is waited
        for then, though there are more misses, of what is quick to load; where a key that was slow once
        may be quick the next time, nothing is gained. What was loaded with others by
        a bulk loader took as long as all together; values that were not loaded are as usual ones.
        Counts for what comes from now on.
    */
    void setKeepsSlowLoads(bool keeps) { m_core->setKeepsSlowLoads(keeps); }
    bool keepsSlowLoads() const { return m_core->keepsSlowLoads(); }

    // Loading.

    /*!
        Loads of missing keys are done by \a loader, which is one of

        \list
        \li \c{T loader(const Key &)}
        \li \c{T loader(const Key &, const SyncCacheLoadContext<T> &)}
        \endlist

        and runs in a thread of a pool, several at once. What it throws reaches all who wait for the
        load, as it was thrown. Loads that are under way keep the loader that they began with. Loaders
        of every form, and the functions of onRemoved() and SyncCacheLoadContext::onCanceled(), have to be
        copyable; what getOrLoad(), save() and restore() call back need not be.
    */
    template <typename Loader>
    void setLoader(Loader loader)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                      && SyncMapInternal::LoadsOne<Key, T, Loader>::value) {
            if (SyncMapInternal::isEmptyFunction(loader))
                return setLoader(nullptr);
            m_core->setLoader(std::move(loader));
        }
    }
    /*! Takes the loader away, of whatever form. Loads that are under way go on. */
    void setLoader(std::nullptr_t) { m_core->resetLoader(); }

    /*!
        Loads are begun by \c{loader(const Key &, const SyncCacheLoadContext<T> &)} in the thread that
        \a context lives in by then, and are answered whenever the SyncCacheLoadContext is: by finish(),
        fail() or finishAbsent(). For APIs that answer later, such as QNetworkAccessManager.
    */
    template <typename Loader>
    void setLoader(QObject *context, Loader loader)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                      && SyncMapInternal::LoadsLater<Key, T, Loader>::value) {
            if (SyncMapInternal::isMissing(context, "SyncCache::setLoader()", "a context"))
                return;
            if (SyncMapInternal::isEmptyFunction(loader))
                return setLoader(nullptr);
            m_core->setLoader(context, std::move(loader));
        }
    }

    /*! As setLoader(nullptr). */
    void setLoader(QObject *, std::nullptr_t) { setLoader(nullptr); }

    /*! Returns true if some loader was set, so that what is missing can be loaded. */
    [[nodiscard]] bool hasLoader() const { return m_core->loads.hasLoader(); }

    /*!
        What getOrLoadAll() misses is loaded all at once by \a loader, which is \c{QHash<Key, T>
        loader(const QList<Key> &)}.
    */
    template <typename Loader>
    void setBulkLoader(Loader loader)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                      && SyncMapInternal::LoadsMany<Key, T, Loader>::value) {
            if (SyncMapInternal::isEmptyFunction(loader))
                return setBulkLoader(nullptr);
            m_core->loads.setBulkLoader(std::move(loader));
        }
    }
    /*! Takes it away: getAll() asks for each key by itself. */
    void setBulkLoader(std::nullptr_t) { m_core->loads.resetBulkLoader(); }
    /*! Returns true if there is a bulk loader. */
    [[nodiscard]] bool hasBulkLoader() const { return m_core->loads.hasBulkLoader(); }

    /*!
        Loaders run on \a pool, which must outlive the cache; by default on a pool of the library's
        own, which has more threads than there are processors, since loaders wait. A thread that
        waits for a load that has not begun runs its loader itself, as QtConcurrent's futures do;
        unless the pool is given for OwnThreadsOnly.

        Of four loads that begin, three are the newest of the highest priority, and the fourth is the
        one that has waited longest.
    */
    void setThreadPool(QThreadPool *pool, SyncCachePoolUse use = SyncCachePoolUse::AnyThread)
    {
        m_core->loads.setThreadPool(pool, use);
    }
    QThreadPool *threadPool() const { return m_core->loads.threadPool(); }

    /*!
        At most \a count loads wait for a thread of each pool: what is more, those that have waited
        longest, is told SyncCacheError::Canceled. Each waits from when it was asked for until a thread
        takes it, so 0 refuses all. -1, the default, is any number.
    */
    void setMaxQueuedLoads(qsizetype count) { m_core->loads.setMaxQueuedLoads(count); }
    qsizetype maxQueuedLoads() const { return m_core->loads.maxQueuedLoads(); }

    /*!
        A load that was canceled, or overtaken by a write, while its loader runs, is in the way of the
        next load of its key until its loader returns; for a second by default, or for \a span, and
        not longer. So no more than one loader of a key runs at a time, unless one is slow to stop.
    */
    void setSupersededLoadTime(std::chrono::milliseconds span)
    {
        m_core->loads.setUnwantedTime(span);
    }
    std::chrono::milliseconds supersededLoadTime() const { return m_core->loads.unwantedTime(); }

    /*!
        For how long a failure, or the absence of a key, is remembered, so that the same loader is
        not asked again. 0, the default, is not; but a refresh in the background is not tried again
        for a second, and for up to a minute as failures go on. Those that failed longest ago are
        forgotten when all take more than maxErrorBytes().
    */
    void setErrorTimeToLive(std::chrono::milliseconds span)
    {
        m_core->loads.setErrorTimeToLive(span);
    }
    std::chrono::milliseconds errorTimeToLive() const
    {
        return SyncMapInternal::toMilliseconds(m_core->loads.errorTimeToLive());
    }

    /*!
        Failures that are remembered take at most so many bytes, 4 MiB by default, with their keys and
        texts, as SyncByteSize measures them; keys that nobody knows the size of count 32 KiB. The
        latest one is remembered in any case, and with 0 it is the only one. A lower bound forgets at
        once what is too much. A negative one is an assertion, and counts as 0.
    */
    void setMaxErrorBytes(qsizetype bytes) { m_core->loads.setMaxErrorBytes(bytes); }
    qsizetype maxErrorBytes() const { return m_core->loads.maxErrorBytes(); }

    /*!
        The value of \a key: at once if it is there, else when it was loaded. However many ask, one
        loads. Asking is asynchronous in every thread, a loader's too, and goes to the pool that was
        named.

        Each call has a future of its own, which is finished in the thread that ends the load. So
        \c result() may wait for it anywhere: it takes over a load that has not begun, waits for one
        that runs, and fails with SyncCacheError::RecursiveLoad where it would wait for itself: in a
        loader that the load waits for, or for an answer that needs the event loop of the very thread
        that waits. So it does where more than 200 loaders would run one within another, each because
        the one before waits for it, and no other thread is free. Without a value the future throws
        what the loader threw, else a SyncCacheException; without exceptions it is canceled, and
        lastError() tells of loaders that ran, load() of all.

        What nobody tells is not seen. A wait for the future of a continuation is none for this one:
        Qt does not tell what it depends on. It needs a thread of the pool that is free. And that a
        load is answered when another one has ended is known if its SyncCacheLoadContext is among what the
        callback of that one captured, and not if it lies in a std::function, behind a pointer, or in
        a slot. A circle that leads through these does not end.

        The load is canceled when all its futures were; dropping a future cancels nothing. A future
        that was canceled is finished within 150 ms, in a thread of the library (or somewhat later, if
        tens of thousands are at once); a running loader is told within the same time. Continuations
        of such a future run there, and must not block.

        \note In Qt before 6.6, attaching continuations (\c then()) to a future that another thread
        is about to finish is a race inside Qt. Use QFutureWatcher, or the overload with a context.
    */
    QFuture<T> getOrLoad(const Key &key)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
            return m_core->loads.getOrLoad(key);
        }
    }
    QFuture<T> getOrLoad(const Key &key, const SyncCacheLoadOptions &options)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
            return m_core->loads.getOrLoad(key, options);
        }
    }
    /*!
        The same with a loader for this key. A failure that is remembered counts for the loader that
        failed: functions of one type with equal captures are one loader. Where captures cannot be
        compared bit by bit, each function is another one.
    */
    template <typename Loader, IfLoader<Loader> = true>
    QFuture<T> getOrLoad(const Key &key, Loader loader, const SyncCacheLoadOptions &options = {})
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
            return m_core->loads.getOrLoad(key, std::move(loader), options);
        }
    }
    /*! \obsolete Say SyncCacheLoadOptions().setPool(pool). */
    template <typename Pool, typename Loader,
              std::enable_if_t<std::is_convertible_v<Pool, QThreadPool *>, bool> = true,
              IfLoader<Loader> = true>
    QFuture<T> getOrLoad(Pool pool, const Key &key, Loader loader)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
            return m_core->loads.getOrLoad(key, std::move(loader),
                                           SyncCacheLoadOptions().setPool(pool));
        }
    }

    /*!
        Calls \c{f(const SyncCacheLoadResult<T> &)} in the thread of \a context, which must not be null, nor
        in its destructor; on a hit at once, if this is that thread. Never once \a context is gone: its
        end cancels this caller (QObject::disconnect() does not). So does what is returned, and then \a f is not called. It can be ignored, and it becomes
        a future where one is needed.
    */
    template <typename Context, typename Function, IfContext<Context> = true>
    SyncCachePendingLoad<T> getOrLoad(const Key &key, Context context, Function f,
                                      const SyncCacheLoadOptions &options = {})
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                      && SyncMapInternal::HearsResult<T, Context, Function>::value) {
            constexpr auto here = "SyncCache::getOrLoad()";
            if (SyncMapInternal::isMissing(!SyncMapInternal::isEmptyFunction(f), here,
                                           "a function"))
                return {};
            return m_core->loads.getOrLoad(key, static_cast<QObject *>(context), std::move(f),
                                           options);
        }
    }

    /*!
        Blocks until the value of \a key is there: as \c{getOrLoad(key).result()}, and complete
        without exceptions. When \a deadline passes first, the error is SyncCacheError::TimedOut,
        and the load goes on. With a deadline, a loader is run in this thread only where another one
        may never come: in a loader, and in a thread of the pool.
    */
    SyncCacheLoadResult<T> load(const Key &key,
                                QDeadlineTimer deadline = QDeadlineTimer(QDeadlineTimer::Forever))
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
            return m_core->loads.load(key, deadline);
        }
    }

    /*!
        Loads \a key even if it is there; the old value stays until the new one is. Where, and how
        urgently, say \a options, as to getOrLoad().
    */
    QFuture<T> refresh(const Key &key)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
            return m_core->loads.refresh(key);
        }
    }
    QFuture<T> refresh(const Key &key, const SyncCacheLoadOptions &options)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
            return m_core->loads.refresh(key, options);
        }
    }

    /*!
        The values of \a keys, as far as there are any: left out is what its loader found absent, or
        failed for; lastError() says why. The future fails only if something failed, and there is no
        value at all. What is stale is among the values, and is loaded anew in the background.

        Keys have to keep to QHash's rules here: whose hash, or comparison, throws ends the program.

        What a bulk loader brings beside is stored, unless its key was written, removed or loaded
        meanwhile.
    */
    QFuture<QHash<Key, T>> getOrLoadAll(const QList<Key> &keys)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
            return m_core->loads.getAll(keys);
        }
    }
    /*! As getOrLoadAll() of \a keys. */
    QFuture<QHash<Key, T>> getAll(const QList<Key> &keys) { return getOrLoadAll(keys); }

    /*! Why the last load of \a key had no value; remembered for a while. */
    [[nodiscard]] SyncCacheError lastError(const Key &key) const
    {
        return m_core->loads.lastError(key);
    }

    /*!
        Waits until no load is under way, and no file; false if \a deadline passes first. Without a
        deadline it must not be called by what it would wait for: in a loader of this cache, in a
        continuation of its futures, where its values are written to a file, or, with a loader that
        answers later under way, in the thread of its context. There it does not wait: it returns
        false, with a warning. Nor may one of these wait for the calling thread, by way of another
        cache: such a circle is not seen, and does not end.
    */
    bool waitForDone(QDeadlineTimer deadline = QDeadlineTimer(QDeadlineTimer::Forever))
    {
        return m_core->loads.waitForDone(deadline);
    }

    // News, numbers, files.

    /*!
        Calls \c{f(const Key &, const T &, SyncCacheRemovalCause)} in the thread of \a context, once for
        each value that leaves the cache from now on: in the order of removal for each key, in
        batches, never under a lock. An \a f that throws is logged, and called again.

        disconnect(), or the end of \a context, frees at once, in its thread, what was not told yet.
        The cache lets go of \a f with one of its next removals, in any thread.

        News for a thread that does not fetch them are kept up to maxPendingRemovalBytes() of keys
        and values; beyond, the oldest are dropped, and counted by
        SyncCacheStatistics::droppedRemovals. What nobody can know the size of, such as what a
        \c std::shared_ptr to non-const leads to, has a bound of its own: together, such news may have
        cost as much as maxCost(), and 65,536 of them are kept if that is unbounded. (What cost
        nothing counts as 1.) So clear() of a full cache reaches a listener whole. As many as would be
        within the bytes if each took a MiB are kept in any case, 64 by default: raise that bound for a
        small cache of such values. Destroying the cache removes nothing in this sense.
    */
    template <typename Function>
    SyncCacheConnection onRemoved(QObject *context, Function f)
    {
        if constexpr (SyncMapInternal::HearsRemovals<Key, T, Function>::value) {
            constexpr auto here = "SyncCache::onRemoved()";
            if (SyncMapInternal::isMissing(context, here, "a context")
                || SyncMapInternal::isMissing(!SyncMapInternal::isEmptyFunction(f), here,
                                              "a function"))
                return {};
            return SyncCacheConnection(m_core->addListener(context, std::move(f)));
        }
    }

    /*!
        For each listener of onRemoved(), news are kept that hold so many bytes, as far as these are
        known; 64 MiB by default. The latest one is kept in any case. A lower bound drops at once what
        is too much. A negative one is an assertion, and counts as 0.
    */
    void setMaxPendingRemovalBytes(qsizetype bytes) { m_core->setMaxPendingBytes(bytes); }
    qsizetype maxPendingRemovalBytes() const noexcept { return m_core->maxPendingBytes(); }

    /*! What the cache did and holds. Takes the lock; for diagnostics. */
    [[nodiscard]] SyncCacheStatistics statistics() const { return m_core->statistics(); }

    /*!
        Writes the entries to \a fileName, in a thread of the pool: with costs, tags, pins, their own
        times, and how old they are, by the clock on the wall; those that have expired are left out.
        The file that is there is replaced when the new one is complete, and stays as it was if
        anything fails. Keys and values need \c{operator<<} to QDataStream. A value that cannot be
        written is left out, with a warning that names its key; if there are no others, nothing is
        saved.
    */
    QFuture<bool> save(const QString &fileName) const
    {
        if constexpr (SyncMapInternal::Saves<Key, T>::value) {
            return SyncMapInternal::saveCache(m_core, fileName);
        }
    }
    /*! The same, and calls \c{f(const SyncCacheError &)} in the thread of \a context at the end. */
    template <typename Function>
    QFuture<bool> save(const QString &fileName, QObject *context, Function f) const
    {
        if constexpr (SyncMapInternal::Saves<Key, T>::value) {
            return SyncMapInternal::saveCache(m_core, fileName,
                                              SyncMapInternal::toldIn(context, std::move(f)));
        }
    }

    /*!
        Inserts the entries of \a fileName, which save() wrote. What was written, removed, tagged away
        or invalidated since this was called wins, as does an entry whose options were set; and so does
        what is there and not older. (Beside more than a quarter of a million of such changes, less is
        restored.)

        An entry is as old as it would have become here: the time between the two runs of the program
        counts, by the clock on the wall, and if that was set back, none. It follows its own time to
        live, or this cache's, from when that began, and lives no longer than it was going to; its
        time to idle begins anew. A cost that was given stays; others are weighed here.

        A file that is damaged, cut short, foreign, or of another version of the library restores
        nothing. A value that cannot be read is left out, with a warning that names its key.
    */
    QFuture<bool> restore(const QString &fileName)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                      && SyncMapInternal::Restores<Key, T>::value) {
            return SyncMapInternal::restoreCache(m_core, fileName);
        }
    }
    /*! The same, and calls \c{f(const SyncCacheError &)} in the thread of \a context at the end. */
    template <typename Function>
    QFuture<bool> restore(const QString &fileName, QObject *context, Function f)
    {
        if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                      && SyncMapInternal::Restores<Key, T>::value) {
            return SyncMapInternal::restoreCache(m_core, fileName,
                                                 SyncMapInternal::toldIn(context, std::move(f)));
        }
    }

    /*! Why the save() or restore() that ended last failed, if it did. */
    [[nodiscard]] SyncCacheError lastFileError() const { return m_core->fileError.error(); }
    /*! Its text. */
    [[nodiscard]] QString lastError() const { return lastFileError().message(); }

    /*! \internal Everything fits together; when no other thread uses the cache. Linear. */
    bool isConsistent() const { return m_core->isConsistent(); }

private:
    template <typename Other>
    static Key keyOf(const Other &key)
    {
        return SyncMapInternal::keyFrom<Key>(key);
    }
    static void set(std::atomic<qint64> &time, std::chrono::milliseconds span) noexcept
    {
        time.store(SyncMapInternal::toNanoseconds(span), std::memory_order_relaxed);
    }
    static std::chrono::milliseconds get(const std::atomic<qint64> &time) noexcept
    {
        return SyncMapInternal::toMilliseconds(time.load(std::memory_order_relaxed));
    }
    template <typename Integral>
    static qsizetype toCost(Integral cost) noexcept
    {
        if constexpr (std::is_unsigned_v<Integral> && sizeof(Integral) >= sizeof(qsizetype)) {
            constexpr auto most = (std::numeric_limits<qsizetype>::max)();
            return cost > Integral(most) ? most : qsizetype(cost);
        } else {
            return qsizetype(cost);
        }
    }

    template <typename Other>
    ConstPointer getLike(const Other &key, const Guard &guard) const;
    TryInsertPointer insertIfAbsent(Writer &pin, quint64 hash, const Key &key, T &value,
                                    const SyncCacheEntryOptions &options);
    template <typename Other>
    std::optional<T> findLike(const Other &key) const;
    template <typename Other, typename... Default>
    T valueLike(const Other &key, const Default &...defaultValue) const;
    template <typename Other>
    bool containsLike(const Other &key) const;
    template <typename Other>
    std::optional<T> peekLike(const Other &key) const;
    template <typename Other>
    std::optional<Key> storedKeyLike(const Other &key) const;
    template <typename Function>
    std::optional<T> computeOrLeave(const Key &key, Function &&f);
    static Exchange toExchange(Outcome outcome) noexcept
    {
        switch (outcome) {
        case Outcome::Stored:
            return Exchange::Done;
        case Outcome::Refused:
            return Exchange::Refused;
        default:
            return Exchange::Missed;
        }
    }

    const std::shared_ptr<Core> m_core;
};

#include <SyncMap/private/cache/synccache_impl.h>
