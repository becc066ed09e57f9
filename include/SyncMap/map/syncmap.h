// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/syncmapkeylike.h>
#include <SyncMap/map/syncmapstatistics.h>
#include <SyncMap/private/map/engine.h>
#include <SyncMap/private/map/made.h>
#include <SyncMap/private/map/requirements.h>

#include <QtCore/qhash.h>
#include <QtCore/qlist.h>

#include <initializer_list>
#include <optional>
#include <type_traits>
#include <utility>

QT_BEGIN_NAMESPACE
class QThreadPool;
QT_END_NAMESPACE

/*!
    \class SyncMap
    \inmodule SyncMap
    \threadsafe
    \brief A hash map that any number of threads read and write at once; reads never wait.

    \code
    SyncMap<QString, QImage> images;
    images.insert(name, image); // in any thread
    if (const std::optional<QImage> found = images.find(name)) // in any other
        show(*found);
    \endcode

    \section1 What it promises

    All members may be called from all threads at once, except construction and destruction.
    Operations on one key are linearizable: they take effect in one order that all threads agree on,
    each at a moment between its call and its return; and what a thread did before a write is
    visible to each thread that reads what was written. Between different keys that is all: two
    threads that each write one key and then read the other's may, on some processors, both miss
    what the other one writes at that moment. size(), iteration, and the operations on many keys
    work key by key, not on a snapshot of the whole map.

    A read takes no lock, for hits, for misses, and for keys written a moment ago. Its number of
    atomic operations is constant in the expected case and bounded by the size of a shard's table;
    none of them is a read-modify-write, and after a thread's first use of the map nothing is
    allocated (unless a QLatin1String of more than 256 characters stands for a QString). A writer
    that is stopped at any point delays no reader. Writers of different keys meet only when the keys
    share a shard; a map splits into more shards as it grows and as writers meet.

    If a copy, a move, \c qHash or \c == throws, or memory runs out, an operation on one key has no
    effect; only when the result itself throws as it is moved to the caller, it has had one. remove()
    and take() need no memory for themselves.

    No user code runs under an internal lock, except \c == on two keys whose 64-bit hashes are
    equal. Destructors of keys and values never run under a lock, and never in a thread that only
    reads.

    \section1 Keys and values

    Both have to be complete types where a SyncMap of them is a member: what a map looks like depends
    on them. A class that holds a map of itself holds it by a \c std::unique_ptr.

    A key needs \c operator==, a move constructor, and a hash by which QHash takes it: \c{qHash(key,
    seed)}, \c{qHash(key)} or \c{std::hash}. Integers, pointers and enumerators are their bits: a
    \c qHash or an \c == of their own is not asked. Each map has a random seed of its own that takes
    part whatever the hash does with it; only keys whose hashes are equal for every seed cannot be
    kept apart. Neither keys nor values need a default constructor. Values may be move-only; members
    that return a value then do not compile, because a reader may be looking at the original:
    takeLater() waits until nobody is. A key may be a move-only type, too, where no member has to
    copy it.

    What stands for a key by SyncMapKeyLike, as a QStringView does for a QString, stands for one in
    every member that takes a key; a write makes a key of it only if it has to store one. nullptr
    and 0 do not stand for a text.

    \section1 Generic code

    There are no iterators, and there is no \c{operator[]}: an iterator would have to be a guard
    that outlives the expression it is in, and a reference from \c{operator[]} would have to be a
    lock. Code for any kind of map says \c{value(key)} and \c{insert(key, value)} instead of
    \c{map[key]}, \c{find(key)} where it asked for an iterator, forEach() for a loop, removeIf() for
    a loop that erases, and toHash() where it needs something that stands still. Of what get()
    returns it says \c auto, see ConstPointer.

    \section1 When not to use it

    In one thread, QHash is the better choice. Where entries must be bounded in number or cost,
    expire, or be loaded on demand, a cache is. Where several keys must change together, use a lock
    around a QHash: there are no transactions here. Where the order of keys matters, use a QMap.

    \section1 Life-time

    Destroy a map when no other thread uses it and no guard of it is open; this is checked in debug
    builds, and in release builds its memory is leaked rather than freed under a reader. Threads may
    end before or after the map. A map may be used from destructors of \c thread_local and static
    objects. Plugins may share a map with the application, also with a copy of this library each;
    then a function of compute() in the one must not have the other compute(). A plugin that creates
    maps destroys them before it is unloaded. After \c fork(), a child may only call \c exec() or
    \c _exit().

    A thread keeps the memory of entries that it has freed for those that it is going to write: 128
    KiB at most, for all its maps together, until it ends or calls collect().
*/
template <typename Key, typename T>
class SyncMap
{
    using Engine = typename SyncMapInternal::EngineFor<Key, T>::Type;
    using Reader = typename Engine::Reader;
    using Writer = typename Engine::Writer;
    using Position = typename Engine::Position;
    using IfPresent = typename Engine::IfPresent;
    using Attempt = SyncMapInternal::Attempt;
    template <typename Other>
    using IfKeyLike = SyncMapInternal::IfKeyLike<Key, Other>;
    friend SyncMapInternal::Internals;

    template <typename Null>
    using IfNullLiteral = SyncMapInternal::IfNullLiteral<Key, Null>;
    template <typename Range>
    using IfKeys = SyncMapInternal::IfKeys<Key, Range>;
    template <typename Range>
    using IfKeyArray = SyncMapInternal::IfKeyArray<Key, Range>;
    template <typename Range>
    using IfEntries = SyncMapInternal::IfEntries<Key, T, Range>;
    template <typename Iterator>
    using IfEntryIterator = SyncMapInternal::IfEntryIterator<Key, T, Iterator>;

    static_assert(SyncMapInternal::isComplete<Key> && SyncMapInternal::isComplete<T>,
                  "keys and values of a SyncMap must be complete types where it is a member: hold "
                  "the map by a std::unique_ptr");
    static_assert(
            SyncMapInternal::isDestroyedSilently<Key> && SyncMapInternal::isDestroyedSilently<T>,
            "keys and values of a SyncMap must not throw when they are destroyed");

public:
    /*! The type of the keys, for generic code. */
    using key_type = Key;
    /*! The type of the values, for generic code. */
    using mapped_type = T;

    /*!
        What get() returns: \c{const T *}. For a \c T that the map overwrites in place (trivially
        copyable, at most 8 bytes), a pointer-like value with \c{operator bool}, \c *, \c -> and
        comparison with \c nullptr that holds what was loaded once; \c * gives a copy. Code for any
        \c T says \c auto, and binds what it looks at:

        \code
        const auto guard = map.guard();
        if (const auto found = map.get(key, guard)) {
            const auto &value = *found; // no copy where there is a value to look at
            ...
        }
        \endcode
    */
    using ConstPointer = typename Engine::Value::ConstPointer;

    /*!
        A read-side critical section: what get() returned under a guard stays valid and unchanged
        until the guard ends, whatever other threads write or remove.

        A guard locks nothing and blocks nobody. It belongs to the thread that took it. Guards may
        be nested to any depth. While one is open, nothing that is replaced or removed in the map is
        freed, and what it held back is freed by whoever writes next; so keep it for one piece of
        work, never across the event loop. Debug builds warn about a guard that was held for more
        than a second (\c SYNCMAP_GUARD_LIMIT_MS in the environment sets the limit), and assert that
        it is used with its own map, in its own thread.
    */
    class [[nodiscard]] Guard
    {
    public:
        Guard(Guard &&) noexcept = default;
        Guard &operator=(Guard &&) noexcept = default;
        ~Guard() = default;

    private:
        friend class SyncMap;
        explicit Guard(typename Engine::Domain &domain) : m_pin(domain) { }
        Q_DISABLE_COPY(Guard)

        SyncMapInternal::HeldPin<typename Engine::Traits> m_pin;
    };

    /*! What tryInsert() returns: the value that is in the map now, and whether it is new. */
    struct TryInsertResult
    {
        T value; //!< a copy of what is in the map now
        bool inserted; //!< it is new, and what was given
    };

    /*! The same for tryInsert() under a guard: a zero-copy look at the value. */
    struct TryInsertPointer
    {
        ConstPointer value; //!< what is in the map now, as long as the guard is open
        bool inserted; //!< it is new, and what was given
    };

    /*! An empty map, ready for use. Allocates about 300 bytes. */
    SyncMap() = default;

    /*! A map with room for \a capacity entries; see reserve(). */
    explicit SyncMap(qsizetype capacity) { reserve(capacity); }

    /*! A map with the given entries. If a key occurs more than once, the last value stays. */
    SyncMap(std::initializer_list<std::pair<Key, T>> entries);

    Q_DISABLE_COPY_MOVE(SyncMap)
    ~SyncMap() = default;

    // Reads. Wait-free but for user code, after the thread's first use of the map.

    /*!
        Opens a guard. The first call of a thread in a map registers the thread there; it may throw
        \c std::bad_alloc. Every other call is wait-free.
    */
    [[nodiscard]] Guard guard() const { return Guard(m_engine.domain()); }

    /*!
        The value of \a key, or null, without copying it. It stays valid, and the same, as long as
        \a guard is open. Keys can be asked for by any type that SyncMapKeyLike names.
    */
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
    [[nodiscard]] std::optional<T> find(const Key &key) const { return findLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] std::optional<T> find(const Other &key) const
    {
        return findLike(key);
    }

    /*! A copy of the value of \a key, or a default-constructed value. */
    [[nodiscard]] T value(const Key &key) const { return valueLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] T value(const Other &key) const
    {
        return valueLike(key);
    }

    /*! A copy of the value of \a key, or \a defaultValue. */
    [[nodiscard]] T value(const Key &key, const T &defaultValue) const
    {
        return valueLike(key, defaultValue);
    }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] T value(const Other &key, const T &defaultValue) const
    {
        return valueLike(key, defaultValue);
    }

    /*! True if \a key is in the map. */
    [[nodiscard]] bool contains(const Key &key) const { return containsLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] bool contains(const Other &key) const
    {
        return containsLike(key);
    }

    /*!
        Copies of the values of \a keys, in their order. Faster than as many calls of find() in a
        map that is larger than the processor's caches: the memory accesses of several look-ups
        overlap. Each key is read at a moment of its own.
    */
    [[nodiscard]] QList<std::optional<T>> findAll(const QList<Key> &keys) const
    {
        return findArray(keys.constData(), keys.size());
    }
    /*!
        The same for keys, or for what stands for them, in a row: a \c std::vector, a \c std::array,
        an initializer list, a \c{QList<QStringView>}.
    */
    template <typename Range, IfKeyArray<Range> = true>
    [[nodiscard]] QList<std::optional<T>> findAll(const Range &keys) const
    {
        return findArray(std::data(keys), qsizetype(std::size(keys)));
    }

    /*!
        The key as it is stored, or \c std::nullopt: one key in place of all that equal it, so that
        they share its memory.
    */
    [[nodiscard]] std::optional<Key> storedKey(const Key &key) const { return storedKeyLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] std::optional<Key> storedKey(const Other &key) const
    {
        return storedKeyLike(key);
    }

    // Writes to one key. They take the lock of the key's shard for a few instructions.

    /*! Stores \a value under \a key, or replaces the value that is there. */
    void insert(Key key, T value) { insertLike(std::move(key), std::move(value)); }
    template <typename Other, IfKeyLike<Other> = true>
    void insert(const Other &key, T value)
    {
        insertLike(key, std::move(value));
    }

    /*!
        The same; true if \a key is new. insert(), which does not say so, never waits for another
        thread's compute().
    */
    bool insertOrAssign(Key key, T value)
    {
        return insertOrAssignLike(std::move(key), std::move(value));
    }
    template <typename Other, IfKeyLike<Other> = true>
    bool insertOrAssign(const Other &key, T value)
    {
        return insertOrAssignLike(key, std::move(value));
    }

    /*! Replaces the value of \a key by \a value. False, and no effect, if \a key is absent. */
    bool replace(const Key &key, T value) { return replaceLike(key, std::move(value)); }
    template <typename Other, IfKeyLike<Other> = true>
    bool replace(const Other &key, T value)
    {
        return replaceLike(key, std::move(value));
    }

    /*!
        Inserts each entry of \a entries, one after another, after making room for all of them.
        Those of a hash that nobody shares, or of move iterators, are moved. If a copy throws, or
        memory runs out, the entries before it are in.
    */
    void insert(const QHash<Key, T> &entries);
    void insert(QHash<Key, T> &&entries);

    /*!
        The same for anything with entries, by their \c{first} and \c{second} or by the \c{key()}
        and \c{value()} of its iterators: a QMap, a \c{std::vector<std::pair<Key, T>>}, another
        SyncMap, whose entries come as its forEach() finds them. A map inserted into itself stays as
        it is; two that are inserted into each other do not wait for one another.
    */
    template <typename Range, IfEntries<Range> = true>
    void insert(const Range &entries)
    {
        insertRange(entries);
    }
    template <typename Iterator, IfEntryIterator<Iterator> = true>
    void insert(Iterator first, Iterator last)
    {
        insertFrom(first, last);
    }

    /*! Inserts \a value if \a key is not in the map. Returns the value that is there now. */
    [[nodiscard]] TryInsertResult tryInsert(Key key, T value)
    {
        return tryInsertLike(std::move(key), std::move(value));
    }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] TryInsertResult tryInsert(const Other &key, T value)
    {
        return tryInsertLike(key, std::move(value));
    }

    /*!
        The same without copying a value. \a value is moved from only if it was inserted. The result
        is valid as long as \a guard is open.
    */
    [[nodiscard]] TryInsertPointer tryInsert(Key key, T &&value, const Guard &guard)
    {
        return tryInsertLike(std::move(key), std::move(value), guard);
    }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] TryInsertPointer tryInsert(const Other &key, T &&value, const Guard &guard)
    {
        return tryInsertLike(key, std::move(value), guard);
    }
    TryInsertPointer tryInsert(Key key, T &&value,
                               const Guard &&guard) = delete; // would dangle: name the guard
    template <typename Other, IfKeyLike<Other> = true>
    TryInsertPointer tryInsert(const Other &key, T &&value,
                               const Guard &&guard) = delete; // would dangle: name the guard

    /*!
        If \a key is not in the map, inserts a \c T that is built of \a arguments where it stays.
        True if it did; otherwise nothing is made of the arguments, unless another thread inserted
        the key meanwhile: then a value was built of them, and destroyed.
    */
    template <typename... Arguments>
    bool tryEmplace(Key key, Arguments &&...arguments)
    {
        return tryEmplaceLike(std::move(key), std::forward<Arguments>(arguments)...);
    }
    template <typename Other, typename... Arguments, IfKeyLike<Other> = true>
    bool tryEmplace(const Other &key, Arguments &&...arguments)
    {
        return tryEmplaceLike(key, std::forward<Arguments>(arguments)...);
    }

    /*!
        The value of \a key; on a miss, inserts the one that \a make returns. \a make runs under no
        lock. Several threads may make a value for the same key at once; one of them is inserted,
        and all calls return that one. If \a make throws, nothing has happened.
    */
    template <typename Make>
    T getOrInsert(const Key &key, Make &&make)
    {
        return getOrInsertLike(key, std::forward<Make>(make));
    }
    template <typename Other, typename Make, IfKeyLike<Other> = true>
    T getOrInsert(const Other &key, Make &&make)
    {
        return getOrInsertLike(key, std::forward<Make>(make));
    }

    /*! Stores \a value and returns the value that was there before. */
    std::optional<T> exchange(Key key, T value)
    {
        return exchangeLike(std::move(key), std::move(value));
    }
    template <typename Other, IfKeyLike<Other> = true>
    std::optional<T> exchange(const Other &key, T value)
    {
        return exchangeLike(key, std::move(value));
    }

    /*!
        Replaces the value of \a key by \a desired if it equals \a expected. False if it does not,
        or if \a key is absent.
    */
    [[nodiscard]] bool compareExchange(const Key &key, const T &expected, T desired)
    {
        return compareExchangeLike(key, expected, std::move(desired));
    }
    template <typename Other, IfKeyLike<Other> = true>
    [[nodiscard]] bool compareExchange(const Other &key, const T &expected, T desired)
    {
        return compareExchangeLike(key, expected, std::move(desired));
    }

    /*! Removes \a key. True if it was there. */
    bool remove(const Key &key) { return removeLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    bool remove(const Other &key)
    {
        return removeLike(key);
    }

    /*! Removes \a key if its value equals \a expected. */
    bool remove(const Key &key, const T &expected) { return removeEqual(key, expected); }
    template <typename Other, IfKeyLike<Other> = true>
    bool remove(const Other &key, const T &expected)
    {
        return removeEqual(key, expected);
    }

    /*! Removes \a key and returns its value. Of several threads that try, one gets it. */
    std::optional<T> take(const Key &key) { return takeLike(key); }
    template <typename Other, IfKeyLike<Other> = true>
    std::optional<T> take(const Other &key)
    {
        return takeLike(key);
    }

    /*!
        Removes \a key, and calls \c{f(T &&)} with its value, once, when nobody can be looking at it
        any more: what take() is for values that cannot be copied. Of several threads that try, one
        gets it, and true.

        \a f runs in the thread that frees the entry, under no lock: in any that writes to the map,
        before or after this call returns, or at the latest in the one that destroys the map. It may
        use the map before that, but must not throw. If the values can be copied, it is called with
        a copy, at once.
    */
    template <typename Function>
    bool takeLater(const Key &key, Function &&f)
    {
        return takeLaterLike(key, std::forward<Function>(f));
    }
    template <typename Other, typename Function, IfKeyLike<Other> = true>
    bool takeLater(const Other &key, Function &&f)
    {
        return takeLaterLike(key, std::forward<Function>(f));
    }

    /*!
        Replaces the value of \a key by \c{f(const T *current)}, where \c current is null if the key
        is absent. \a f returns a \c{std::optional<T>}; \c std::nullopt removes the key. Returns
        what \a f returned last.

        The whole is atomic: nobody writes the key between what \a f saw and what it made of it. \a
        f runs under no lock, and again if another thread was faster, so it must have no side
        effects. It may use the same map, also compute() other keys, but not this one. If it throws,
        nothing has happened.

        It ends, however many write the key and however long \a f takes. What has lost seven times
        has the next turn among those that make a new value of an old one: compute(), exchange(),
        compareExchange(), take(), removeIf(), and insertions of what is absent. These wait for it,
        unless they run within such a function themselves. insert(), remove() and clear() do not
        wait. If one of them overtakes it, the call counts as having happened just before. It works
        on a copy of the value then; before, \a f holds back what others free in the meantime, as
        the predicate of removeIf() always does.
    */
    template <typename Function>
    std::optional<T> compute(const Key &key, Function &&f)
    {
        return computeLike(key, std::forward<Function>(f));
    }
    template <typename Other, typename Function, IfKeyLike<Other> = true>
    std::optional<T> compute(const Other &key, Function &&f)
    {
        return computeLike(key, std::forward<Function>(f));
    }

    // A null pointer, or 0, is no text: as a key it would be the empty one. Keys that are numbers or
    // pointers, plain or smart, may be null.
    template <typename Null, IfNullLiteral<Null> = true>
    void get(Null, const Guard &) const = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void find(Null) const = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void value(Null) const = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void value(Null, const T &) const = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void contains(Null) const = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void storedKey(Null) const = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void insert(Null, T) = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void insertOrAssign(Null, T) = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void replace(Null, T) = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void tryInsert(Null, T) = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void tryInsert(Null, T &&, const Guard &) = delete;
    template <typename Null, typename... Arguments, IfNullLiteral<Null> = true>
    void tryEmplace(Null, Arguments &&...) = delete;
    template <typename Null, typename Make, IfNullLiteral<Null> = true>
    void getOrInsert(Null, Make &&) = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void exchange(Null, T) = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void compareExchange(Null, const T &, T) = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void remove(Null) = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void remove(Null, const T &) = delete;
    template <typename Null, IfNullLiteral<Null> = true>
    void take(Null) = delete;
    template <typename Null, typename Function, IfNullLiteral<Null> = true>
    void takeLater(Null, Function &&) = delete;
    template <typename Null, typename Function, IfNullLiteral<Null> = true>
    void compute(Null, Function &&) = delete;

    // Many keys.

    /*!
        Calls \c{f(const Key &, const T &)} for each entry, in no particular order. If \a f returns
        \c bool, exactly, then \c false ends the iteration.

        No key comes twice, and each key that is in the map throughout and is not touched comes
        once. Keys that are inserted or removed meanwhile may or may not come. No lock is held,
        nothing is allocated (unless thousands of numbers share a hash), and \a f may call anything
        on the same map. Linear in the number of entries.
    */
    template <typename Function>
    void forEach(Function &&f) const;

    /*!
        The same in the threads of \a pool that are free, or of the global one if it is null, and in
        the calling one, which alone suffices: it waits for no thread of the pool that has not begun.
        Returns when all entries were visited.

        \a f runs in several threads at once. If it returns \c false, exactly, the others end soon.
        If it throws, no more parts of the map are begun; the first exception is thrown again here,
        once all that were have ended. Declared here, defined in <SyncMap/SyncMap>.
    */
    template <typename Function>
    void forEachParallel(QThreadPool *pool, Function &&f) const;

    /*!
        Calls \c{map(const Key &, const T &)} for each entry, as forEachParallel() does in the
        threads of \a pool, and \c{reduce(R &result, mapped)} for each of its results, in no
        particular order, in any of the threads, but never in two at once. Returns what they made of
        \a initial. \a reduce runs under a lock of this call; so it must not wait for what runs \a
        map.
    */
    template <typename Map, typename Reduce, typename R>
    [[nodiscard]] R mappedReduced(QThreadPool *pool, Map &&map, Reduce &&reduce, R initial) const;

    /*! Removes each of \a keys, one after another, and returns how many of them were there. */
    template <typename Range, IfKeys<Range> = true>
    qsizetype removeAll(const Range &keys)
    {
        return removeRange(keys);
    }
    qsizetype removeAll(std::initializer_list<Key> keys) { return removeRange(keys); }

    /*!
        Removes the entries for which \c{predicate(const Key &, const T &)} is true, and returns
        their number. The \a predicate runs under no lock; it is asked again if the value was
        replaced meanwhile, so each removed value is one that it approved.
    */
    template <typename Predicate>
    qsizetype removeIf(Predicate &&predicate);

    /*!
        Removes every key that was inserted before the call; a key that is inserted meanwhile may
        stay or go. Frees what no guard holds, also the structure of a map that was large.
    */
    void clear() { m_engine.clear(); }

    /*!
        Makes room for \a count entries, if there are to be any, so that inserting them builds no
        tables. Throws \c std::bad_alloc, at once if there can be no such room, and leaves the map
        as squeeze() does; the entries stay as they are.
    */
    void reserve(qsizetype count) { m_engine.reserve(count); }

    /*!
        Rebuilds tables that are larger than their entries need, merges those that were divided when
        there were more, and frees what no guard holds.
    */
    void squeeze() { m_engine.squeeze(); }

    /*!
        Frees what was replaced or removed before the call and what no guard holds, and the memory
        that the calling thread keeps for the entries that it is going to write. Returns true if
        nothing is left. Never needed; useful before a measurement, or after removing large values.
    */
    bool collect() { return m_engine.collect(); }

    /*!
        The number of entries: a number that the map had during the call, or, if writers were so
        busy that eight attempts to find one failed, one near it. A write that is under way may be
        counted before others see it, and as long as they do: so the number is never too small for
        what is there. Linear in the number of threads that used the map, not in that of entries.
    */
    [[nodiscard]] qsizetype size() const noexcept { return m_engine.size(); }
    /*! As size(). */
    [[nodiscard]] qsizetype count() const noexcept { return size(); }

    /*!
        True if there was a moment during the call without entries: never for a map that a key was
        in throughout.
    */
    [[nodiscard]] bool isEmpty() const noexcept { return m_engine.isEmpty(); }

    /*! Copies of the keys, as forEach() finds them. */
    [[nodiscard]] QList<Key> keys() const;
    /*! Copies of the values, as forEach() finds them. */
    [[nodiscard]] QList<T> values() const;
    /*! Copies of keys and values, as forEach() finds them. */
    [[nodiscard]] QHash<Key, T> toHash() const;

    /*! What the map did and holds. Takes a short lock; for diagnostics. */
    [[nodiscard]] SyncMapStatistics statistics() const;

private:
    // What takes a key takes what stands for one, too; what may store it takes it as it comes.
    template <typename Other>
    ConstPointer getLike(const Other &key, const Guard &guard) const;
    template <typename Other>
    std::optional<T> findLike(const Other &key) const;
    template <typename Other, typename... Default>
    T valueLike(const Other &key, const Default &...defaultValue) const;
    template <typename Other>
    bool containsLike(const Other &key) const;
    template <typename Other>
    std::optional<Key> storedKeyLike(const Other &key) const;
    template <typename Other>
    QList<std::optional<T>> findArray(const Other *keys, qsizetype count) const;
    template <typename Other>
    void insertLike(Other &&key, T &&value);
    template <typename Other>
    bool insertOrAssignLike(Other &&key, T &&value);
    template <typename Other>
    bool replaceLike(const Other &key, T &&value);
    template <typename Range>
    void insertRange(const Range &entries);
    template <typename Iterator, typename End>
    void insertFrom(Iterator first, End last);
    template <typename Iterator>
    void insertEntry(Iterator &entry);
    template <typename Range>
    qsizetype removeRange(const Range &keys);
    template <typename Other>
    TryInsertResult tryInsertLike(Other &&key, T &&value);
    template <typename Other>
    TryInsertPointer tryInsertLike(Other &&key, T &&value, const Guard &guard);
    template <typename Other, typename... Arguments>
    bool tryEmplaceLike(Other &&key, Arguments &&...arguments);
    template <typename Other, typename Make>
    T getOrInsertLike(const Other &key, Make &&make);
    template <typename Other>
    std::optional<T> exchangeLike(Other &&key, T &&value);
    template <typename Other>
    bool compareExchangeLike(const Other &key, const T &expected, T &&desired);
    template <typename Other>
    bool removeLike(const Other &key);
    template <typename Other>
    bool removeEqual(const Other &key, const T &expected);
    template <typename Other>
    std::optional<T> takeLike(const Other &key);
    template <typename Other, typename Function>
    bool takeLaterLike(const Other &key, Function &&f);
    template <typename Other, typename Function>
    std::optional<T> computeLike(const Other &key, Function &&f);
    template <typename Other, typename Function>
    std::optional<T> computeOrLeave(const Other &key, Function &&f);
    template <typename Visit>
    void visitInParallel(QThreadPool *pool, Visit &&visit) const;
    template <typename Present>
    bool tryPublish(typename Engine::NodePointer &fresh, quint64 hash, IfPresent ifPresent,
                    Present &&present);

    // Reading registers threads and pins epochs; neither can be observed.
    mutable Engine m_engine;
};

#include <SyncMap/private/map/syncmap_impl.h>
