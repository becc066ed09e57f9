// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/source.h>

#include <QtCore/qobject.h>
#include <QtCore/qurl.h>

#include <memory>

class SyncCacheEntry;

/*!
    \class SyncCacheObject
    \inmodule SyncMap
    \brief A view of a cache for the user interface: what workers write shows up in its signals, in
    its entries, and in what QML binds to them. Its name in QML is SyncCache.

    \code
    auto prices = std::make_shared<SyncMap<QString, double>>();
    SyncCacheObject::publish(QStringLiteral("prices"), prices);
    pool.start([=] { prices->insert(QStringLiteral("ACME"), 42.0); }); // no QObject anywhere
    \endcode
    \code
    SyncCache { id: prices; name: "prices" }
    Text { text: prices.entry("ACME").value ?? "…" }
    \endcode

    It shows a cache of its own, of texts and variants; or a SyncMap or SyncCache of other types that
    it was wrapped around, or that was published under its name. Nothing is copied: workers use the
    map or cache itself.

    \section1 Threads

    The object lives in one thread, as any QObject, and emits its signals there. What is said to be
    thread-safe may be called by any thread, as long as the object lives; all else belongs to its
    thread, which debug builds assert. Workers better hold the cache: it may live longer than the
    object.

    \section1 News

    A write is noted by its key. However many writes there are, at most one event is posted to the
    object in each notifyInterval(); when it comes, the object reads the present values of the keys
    that changed, and tells of each once. So the latest state wins, no changed key is lost, and
    memory is bounded by the number of distinct changed keys.

    A flush tells of up to 512 keys in each turn of the event loop: first its entries, then the rows
    of models, then by cleared(), entriesRemoved() and entriesChanged(), so that who hears of a key finds
    all else as it is; then numbers and revision(). Timers and input come in between, and after a turn
    that takes long, with the layouts and painting that it causes, a rest of up to 8 ms. A turn ends
    after the slot with which it has taken 4 ms; what is left comes first in the next one. A key that
    waits goes before one that changes again: a change is told within as many turns as all changed
    keys take, and two. A turn does not begin within another one, whatever event loop a slot runs.

    \section1 Life-time

    Object, map, threads and application may end in any order. A shared map lives as long as an object
    shows it. A map that was wrapped by pointer may be destroyed at any time, also by another thread;
    its destructor then waits for a call of the object that is under way, and the object is empty
    from then on. Whoever destroys the object while other threads call it, waits for them first.
*/
class SYNCMAP_EXPORT SyncCacheObject : public QObject
{
    Q_OBJECT
    Q_PROPERTY(QString name READ name WRITE setName NOTIFY nameChanged FINAL)
    // To QML, numbers that may pass 2^31 are double: qmllint of Qt 6.4 rejects qsizetype.
    Q_PROPERTY(double count READ count NOTIFY countChanged FINAL)
    Q_PROPERTY(double maxCost READ maxCost WRITE setMaxCost NOTIFY maxCostChanged FINAL)
    Q_PROPERTY(double maxBytes READ maxBytes WRITE setMaxBytes NOTIFY maxBytesChanged FINAL)
    Q_PROPERTY(double totalCost READ totalCost NOTIFY totalCostChanged FINAL)
    Q_PROPERTY(double hits READ hits NOTIFY hitsChanged FINAL)
    Q_PROPERTY(double misses READ misses NOTIFY missesChanged FINAL)
    Q_PROPERTY(double hitRatio READ hitRatio NOTIFY hitRatioChanged FINAL)
    Q_PROPERTY(int loadingCount READ loadingCount NOTIFY loadingChanged FINAL)
    Q_PROPERTY(int loading READ loadingCount NOTIFY loadingChanged FINAL) // its other name
    // Milliseconds; -1 is without end, and the default; 0 is over at once.
    Q_PROPERTY(double timeToLive READ timeToLive WRITE setTimeToLive NOTIFY timeToLiveChanged FINAL)
    Q_PROPERTY(double timeToIdle READ timeToIdle WRITE setTimeToIdle NOTIFY timeToIdleChanged FINAL)
    Q_PROPERTY(double staleTime READ staleTime WRITE setStaleTime NOTIFY staleTimeChanged FINAL)
    Q_PROPERTY(double errorTimeToLive READ errorTimeToLive WRITE setErrorTimeToLive NOTIFY
                       errorTimeToLiveChanged FINAL)
    Q_PROPERTY(int notifyInterval READ notifyInterval WRITE setNotifyInterval NOTIFY
                       notifyIntervalChanged FINAL)
    Q_PROPERTY(double revision READ revision NOTIFY revisionChanged FINAL)

public:
    /*! The type of the caches that objects make themselves. */
    using Cache = SyncCache<QString, QVariant>;

    /*! A view of a cache of its own, owned by \a parent. */
    explicit SyncCacheObject(QObject *parent = nullptr);
    ~SyncCacheObject() override;

    // Which cache.

    /*!
        A view of \a map, owned by \a parent: a SyncMap or SyncCache whose keys have texts (see
        SyncCacheKeyText), and whose values convert to and from QVariant. Values of a type that QML
        cannot read get a warning.
    */
    template <typename Map>
    static SyncCacheObject *wrap(std::shared_ptr<Map> map, QObject *parent = nullptr)
    {
        if constexpr (SyncMapInternal::CanBeShown<Map>::value) {
            if (!syncMapFits())
                return new SyncCacheObject(parent);
            return viewOf(std::make_shared<SyncMapInternal::TypedSource<Map>>(std::move(map)),
                          parent);
        }
    }
    /*! The same for a map that may be destroyed while the object lives. */
    template <typename Map>
    static SyncCacheObject *wrap(Map *map, QObject *parent = nullptr)
    {
        if constexpr (SyncMapInternal::CanBeShown<Map>::value) {
            if (!syncMapFits())
                return new SyncCacheObject(parent);
            return viewOf(std::make_shared<SyncMapInternal::TypedSource<Map>>(map), parent);
        }
    }

    /*!
        Makes \a map known under \a name, to named() and to QML. If the name is taken by another one,
        that stays, with a warning, and what is returned is false; likewise without a name, or a map.
        \threadsafe
    */
    template <typename Map>
    static bool publish(const QString &name, std::shared_ptr<Map> map)
    {
        if constexpr (SyncMapInternal::CanBeShown<Map>::value) {
            if (!syncMapFits())
                return false;
            const void *identity = map.get();
            return publishSource(name, identity, [map = std::move(map)] {
                return std::make_shared<SyncMapInternal::TypedSource<Map>>(map);
            });
        }
    }
    /*!
        A view of what is published under \a name; else of a new cache, which then is. Owned by \a
        parent. \threadsafe
    */
    static SyncCacheObject *named(const QString &name, QObject *parent = nullptr);
    /*!
        Forgets \a name. Objects that show the cache go on to do so, and keep the name: as soon as
        something else is published under it, their imageUrl() leads there. Returns false if there
        is no such name. \threadsafe
    */
    static bool unpublish(const QString &name);
    /*! Returns what unpublish() of \a name returns: its other name. \threadsafe */
    static bool release(const QString &name) { return unpublish(name); }
    /*! Returns true if something is published under \a name. \threadsafe */
    static bool isPublished(const QString &name);

    /*!
        The cache that is shown, for workers; null if it is not one of texts and variants, or was
        wrapped by pointer. \threadsafe
    */
    std::shared_ptr<Cache> cache() const;
    /*! The same for other types: \c{object->cacheAs<int, QImage>()}. \threadsafe */
    template <typename Key, typename T>
    std::shared_ptr<SyncCache<Key, T>> cacheAs() const
    {
        return std::static_pointer_cast<SyncCache<Key, T>>(
                cacheOf(QMetaType::fromType<Key>(), QMetaType::fromType<T>()));
    }

    /*!
        Empty, or the name that the cache is published under. What was set of maxCost, maxBytes, the
        times and, in QML, \c loader is kept for each cache that the object makes or comes to show.
        In C++ the cache is made when something is first asked of the object; in QML, when all of its
        properties are set, or something is written to it before. Whoever creates a named cache decides
        its bounds; others that want different ones get a warning. Of several objects of one file that
        is whichever QML completes first, mostly the last one: so say the bounds in each of them.

        A cache that an object of QML has made can be published later, by \c{publish(name,
        object->cache())}: it is the same cache, with what it holds, its bounds, and the loaders of
        those that show it; objects that have the name already stay with what they show.
    */
    QString name() const;
    void setName(const QString &name);

    // Entries.

    /*!
        The entry of \a key, for QML and delegates; the same for each call while somebody looks.
        Bindings connect to it by reading its properties: \c{users.entry("42").value}.

        When nobody is connected to it at the end of a flush, it cancels its load, and gives up its
        value. It keeps its key: if it is read, it shows what the cache has, and if somebody connects
        to it, it follows again, as if it were new. What a variable of QML holds stays; what nobody
        holds is deleted some time. C++ that wants one for itself makes its own:
        \c{SyncCacheEntry(cache, key, parent)}.

        A null text, which is what QML makes of undefined, of null, and of the literal "", is no key:
        there is a warning, and what is returned shows nothing. (To other functions it is the empty text,
        which is a key as any other.)
    */
    Q_INVOKABLE SyncCacheEntry *entry(const QString &key);

    /*! The value of \a key, or \a defaultValue. A use. \threadsafe */
    Q_INVOKABLE QVariant value(const QString &key, const QVariant &defaultValue = {}) const;
    /*!
        The same for bindings: \c{cache.value(key, "", cache.revision)} runs again with each change.
        \threadsafe
    */
    Q_INVOKABLE QVariant value(const QString &key, const QVariant &defaultValue,
                               double revision) const;

    /*!
        Stores \a value under \a key, with \a options, which are \c cost, \c timeToLive
        (milliseconds; -1 is without end, 0 is over at once), \c pinned and \c tags. Returns false,
        with a warning that names the place, if \a value cannot be kept: undefined, functions, and
        other things that only live in one JavaScript engine; what refers to objects that may end,
        at any depth and in any container; a negative cost or time; or what does not fit the type of
        the map that is shown without a loss. False also if there is no room.

        A QObject may be the whole value in a map of variants, unless JavaScript owns it and it has
        no parent. It is null in other threads than the one that it lives in when it is put (if it
        is moved, it is to be put anew), and its entries go when it is destroyed, in whichever way
        they came through objects, entries and loaders of QML. (What workers put into the map
        themselves, or into one of pointers, nobody looks after.) Lists and records fill the
        containers and gadgets of typed maps, element by element and property by property. Local
        times are kept in UTC. \threadsafe
    */
    Q_INVOKABLE bool insert(const QString &key, const QVariant &value,
                            const QVariantMap &options = {});
    /*! The same for C++. \threadsafe */
    bool insert(const QString &key, const QVariant &value, const SyncCacheEntryOptions &options);
    /*!
        For QML: writes what \a function, \c{current => …}, makes of the value of \a key, or of
        undefined, and returns it. Nothing that others write meanwhile is lost: then it is called
        again, so it should do nothing else. If it returns undefined, the value stays as it is:
        nothing is written, nobody is told, its times and loads go on. The same, with a warning, if
        it throws, or the result cannot be kept: then undefined is returned. What there is no room
        for leaves the key absent. C++ has SyncCache::compute().
    */
    Q_INVOKABLE QVariant compute(const QString &key, const QVariant &function);
    /*! Returns true if \a key is there. Not a use. \threadsafe */
    Q_INVOKABLE bool contains(const QString &key) const;
    /*! Removes \a key. Returns false if it was not there. \threadsafe */
    Q_INVOKABLE bool remove(const QString &key);
    /*!
        Removes \a key, and returns what its value was; undefined if it was not there. \threadsafe
    */
    Q_INVOKABLE QVariant take(const QString &key);
    /*!
        Removes all keys. Linear. Entries that are shown are loaded anew, if there is a loader.
        \threadsafe
    */
    Q_INVOKABLE void clear();
    /*! All keys, in no particular order. Linear. \threadsafe */
    Q_INVOKABLE QStringList keys() const;
    /*!
        The value of \a key is stale from now on, as by SyncCache::invalidate(). Returns false if it
        is not there. Entries that are shown are loaded anew. \threadsafe
    */
    Q_INVOKABLE bool invalidate(const QString &key);
    /*! All values are stale from now on. What is shown stays, and is loaded anew. \threadsafe */
    Q_INVOKABLE void invalidateAll();
    /*! Removes all that bears \a tag, and returns how many there were. \threadsafe */
    Q_INVOKABLE double removeByTag(const QString &tag);
    /*! How much trim() frees, beside what has expired: see SyncCacheTrimLevel. */
    enum TrimLevel : int {
        Expired, //!< nothing else
        Light, //!< down to 75 % of the bound
        Moderate, //!< down to half of the bound
        Complete, //!< all that is not pinned
    };
    Q_ENUM(TrimLevel)
    /*!
        Frees memory, as much as \a level says, as SyncCache::trim(): for example when the system
        says that memory is short. \threadsafe
    */
    Q_INVOKABLE void trim(TrimLevel level);
    /*! Loads \a key anew. Returns false if there is no loader. */
    Q_INVOKABLE bool refresh(const QString &key);
    /*! Loads what is not there of \a keys, for nobody in particular: failures come as loadFailed(). */
    Q_INVOKABLE void prefetch(const QStringList &keys);

    /*!
        Where SyncCacheImageProvider finds the picture of \a key, whatever it is when it is asked for:
        an Image goes on showing the one that it got. See SyncCacheEntry::imageSource(). Empty if the
        cache has no name.
    */
    Q_INVOKABLE QUrl imageUrl(const QString &key) const;

    /*!
        Writes the entries to \a url, as SyncCache::save(): a local file, also relative to the
        current folder. The end is told by saved() or errorOccurred(). Several at once go on beside
        one another, in no order.
    */
    Q_INVOKABLE void save(const QUrl &url);
    /*!
        Inserts the entries of \a url, as SyncCache::restore(). The end is told by restored() or
        errorOccurred().
    */
    Q_INVOKABLE void restore(const QUrl &url);

    /*!
        Tells now what there is to tell, all turns of it at once; from within a slot that is being
        told: in a turn of its own, soon. With a notifyInterval of -1 nothing else does.
    */
    Q_INVOKABLE void flush();

    // Numbers. While somebody is connected to one of them, they are looked at with each flush, and four
    // times a second, unless only flush() tells.

    /*! The number of entries. */
    qsizetype count() const;
    /*!
        1000 by default; -1 is unbounded. NaN, and what is else negative, is refused by a warning, in all that follow.
        Costs are whole: parts of one count as one, those of a bound as none.
    */
    qsizetype maxCost() const;
    void setMaxCost(double maxCost);
    /*!
        The bound in bytes, in place of one in entries: see SyncCache::setMaxBytes(). -1 is unbounded,
        or that costs are no bytes. To be set before the cache is made, which is when it is first used.
    */
    qsizetype maxBytes() const;
    void setMaxBytes(double maxBytes);
    /*! The sum of the costs of all entries; of a SyncMap, their number. */
    qsizetype totalCost() const;
    /*! How many reads that count as a use found a value. */
    quint64 hits() const;
    /*! How many reads that count as a use found none. */
    quint64 misses() const;
    /*! The share of hits of all such reads, 0 to 1; 0 without any. */
    double hitRatio() const;
    /*! Loads under way. */
    int loadingCount() const;
    /*! As loadingCount(). */
    int loading() const { return loadingCount(); }
    /*!
        In milliseconds; -1, the default, is without end, and 0 is over at once. Parts of a millisecond
        count as one. In C++, spans are without end as SyncCacheForever.
    */
    double timeToLive() const;
    void setTimeToLive(double milliseconds);
    /*! The same as a span; without end it is SyncCacheForever. */
    std::chrono::milliseconds timeToLiveAsDuration() const;
    /*! The same by \a span. */
    void setTimeToLive(std::chrono::milliseconds span);
    /*! Likewise: see SyncCache::setTimeToIdle(). */
    double timeToIdle() const;
    void setTimeToIdle(double milliseconds);
    /*! The same as a span; without end it is SyncCacheForever. */
    std::chrono::milliseconds timeToIdleAsDuration() const;
    /*! The same by \a span. */
    void setTimeToIdle(std::chrono::milliseconds span);
    /*! Likewise: see SyncCache::setStaleTime(). */
    double staleTime() const;
    void setStaleTime(double milliseconds);
    /*! The same as a span; without end it is SyncCacheForever. */
    std::chrono::milliseconds staleTimeAsDuration() const;
    /*! The same by \a span. */
    void setStaleTime(std::chrono::milliseconds span);
    /*! Likewise; 0, the default, remembers no failures: see SyncCache::setErrorTimeToLive(). */
    double errorTimeToLive() const;
    void setErrorTimeToLive(double milliseconds);
    /*! The same as a span; without end it is SyncCacheForever. */
    std::chrono::milliseconds errorTimeToLiveAsDuration() const;
    /*! The same by \a span. */
    void setErrorTimeToLive(std::chrono::milliseconds span);
    /*!
        The shortest time from the end of a flush to the next one, in milliseconds; 16 by default. 0:
        with each pass of the event loop that finds news. -1: only flush() tells, for example with a
        FrameAnimation.
    */
    int notifyInterval() const;
    void setNotifyInterval(int milliseconds);
    /*! The same by \a span. */
    void setNotifyInterval(std::chrono::milliseconds span);
    /*! Grows with each turn of a flush that had news. */
    double revision() const;

    /*! Does nothing any more: entries notice by themselves that the cache has a loader. */
    void loaderReplaced() { }

    bool event(QEvent *event) override;

Q_SIGNALS:
    // All in the object's thread, by a flush, but for those of the settings. Slots may delete whatever
    // they can reach, this included; but no model in a slot of its own signals \e about to change rows,
    // for Qt itself goes on with it.
    /*! The values of \a keys changed, up to 512 of them. */
    void entriesChanged(const QStringList &keys);
    /*! The \a keys have left, up to 512 of them. */
    void entriesRemoved(const QStringList &keys);
    /*! Another name of entriesChanged(): the values of \a keys changed. */
    void keysChanged(const QStringList &keys);
    /*! Another name of entriesRemoved(): \a keys have left. */
    void keysRemoved(const QStringList &keys);
    /*! All was removed at once. */
    void cleared();
    /*!
        The load of \a key has failed: \a errorString says why, and \a errorCode is one of
        SyncCacheError::Code, which in QML are CacheEntry's.
    */
    void loadFailed(const QString &key, const QString &errorString, int errorCode);
    /*! The entries are in the file \a url. */
    void saved(const QUrl &url);
    /*! The entries of the file \a url are in the cache. */
    void restored(const QUrl &url);
    /*! A file could not be saved or restored: \a errorString and \a errorCode as of loadFailed(). */
    void errorOccurred(const QString &errorString, int errorCode);

    void nameChanged();
    void countChanged();
    void maxCostChanged();
    void maxBytesChanged();
    void totalCostChanged();
    void hitsChanged();
    void missesChanged();
    void hitRatioChanged();
    void loadingChanged();
    void timeToLiveChanged();
    void timeToIdleChanged();
    void staleTimeChanged();
    void errorTimeToLiveChanged();
    void notifyIntervalChanged();
    void revisionChanged();

    /*! It shows another cache: after setName(). */
    void cacheReplaced();

    /*! \internal To ask who is connected. Nobody else hears it. */
    void looking(QPrivateSignal);

protected:
    /*! \internal Until it is completed, no cache is made for what only reads. */
    void setCompleted(bool isCompleted);

    void timerEvent(QTimerEvent *event) override;
    void connectNotify(const QMetaMethod &signal) override;

private:
    using SourcePointer = std::shared_ptr<SyncMapInternal::CacheSource>;

    static SyncCacheObject *viewOf(SourcePointer source, QObject *parent);
    static bool publishSource(const QString &name, const void *identity,
                              std::function<SourcePointer()> makeSource);
    std::shared_ptr<void> cacheOf(QMetaType key, QMetaType value) const;

    friend class SyncCacheEntry;
    friend class SyncCacheModel;
    friend class SyncCacheObjectPrivate;
    std::unique_ptr<class SyncCacheObjectPrivate> d;
};
