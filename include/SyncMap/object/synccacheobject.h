// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/typedsource.h>

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

    The object lives in one thread, as any QObject, and emits its signals there. Functions on keys
    (value(), insert(), contains(), remove(), take(), clear(), keys(), invalidate()) may be called by
    any thread, as long as the object lives; all others belong to its thread. Workers better hold the
    cache: it may live longer than the object.

    \section1 News

    A write is noted by its key. However many writes there are, at most one event is posted to the
    object in each notifyInterval(); when it comes, the object reads the present values of the keys
    that changed, and tells of each once. So the latest state wins, no changed key is lost, and
    memory is bounded by the number of distinct changed keys.

    A flush tells of up to 512 keys in each turn of the event loop: first its entries, then the rows
    of models, then by cleared(), keysRemoved() and keysChanged(), so that who hears of a key finds
    all else as it is; then numbers and revision(). Timers and input come in between. A turn ends
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
    Q_PROPERTY(QString name READ name WRITE setName NOTIFY nameChanged)
    // Numbers that may pass 2^31 are double: qmllint of Qt 6.4 rejects qsizetype.
    Q_PROPERTY(double count READ count NOTIFY countChanged)
    Q_PROPERTY(double maxCost READ maxCost WRITE setMaxCost NOTIFY maxCostChanged)
    Q_PROPERTY(double maxBytes READ maxBytes WRITE setMaxBytes NOTIFY maxBytesChanged)
    Q_PROPERTY(double totalCost READ totalCost NOTIFY totalCostChanged)
    Q_PROPERTY(double hits READ hits NOTIFY hitsChanged)
    Q_PROPERTY(double misses READ misses NOTIFY missesChanged)
    Q_PROPERTY(double hitRatio READ hitRatio NOTIFY hitRatioChanged)
    Q_PROPERTY(int loading READ loading NOTIFY loadingChanged)
    // Milliseconds; -1 is without end, and the default; 0 is over at once.
    Q_PROPERTY(double timeToLive READ timeToLive WRITE setTimeToLive NOTIFY timeToLiveChanged)
    Q_PROPERTY(int notifyInterval READ notifyInterval WRITE setNotifyInterval NOTIFY
                       notifyIntervalChanged)
    Q_PROPERTY(double revision READ revision NOTIFY revisionChanged)

public:
    using Cache = SyncCache<QString, QVariant>;

    explicit SyncCacheObject(QObject *parent = nullptr);
    ~SyncCacheObject() override;

    // Which cache.

    /*!
        A view of \a map, a SyncMap or SyncCache whose keys have texts (see SyncKeyText), and whose
        values convert to and from QVariant. Values of a type that QML cannot read get a warning.
    */
    template <typename Map>
    static SyncCacheObject *wrap(std::shared_ptr<Map> map, QObject *parent = nullptr)
    {
        return viewOf(std::make_shared<SyncMapInternal::TypedSource<Map>>(std::move(map)), parent);
    }
    /*! The same for a map that may be destroyed while the object lives. */
    template <typename Map>
    static SyncCacheObject *wrap(Map *map, QObject *parent = nullptr)
    {
        return viewOf(std::make_shared<SyncMapInternal::TypedSource<Map>>(map), parent);
    }

    /*!
        Makes \a map known under \a name, to named() and to QML. Any thread. If the name is taken by
        another one, that stays, and there is a warning.
    */
    template <typename Map>
    static void publish(const QString &name, std::shared_ptr<Map> map)
    {
        const void *identity = map.get();
        publishSource(name, identity, [map = std::move(map)] {
            return std::make_shared<SyncMapInternal::TypedSource<Map>>(map);
        });
    }
    /*! A view of what is published under \a name; else of a new cache, which then is. */
    static SyncCacheObject *named(const QString &name, QObject *parent = nullptr);
    /*! Forgets the name. Objects that show the cache keep it. False if there is no such name. */
    static bool release(const QString &name);

    /*!
        The cache that is shown, for workers; null if it is not one of texts and variants, or was
        wrapped by pointer. Any thread.
    */
    std::shared_ptr<Cache> cache() const;
    /*! The same for other types: \c{object->cacheAs<int, QImage>()}. */
    template <typename Key, typename T>
    std::shared_ptr<SyncCache<Key, T>> cacheAs() const
    {
        return std::static_pointer_cast<SyncCache<Key, T>>(
                cacheOf(QMetaType::fromType<Key>(), QMetaType::fromType<T>()));
    }

    /*!
        Empty, or the name that the cache is published under. Set it before anything else is asked of
        the object: until then, maxCost, maxBytes and timeToLive are kept for the cache that will be made.
        Whoever creates a named cache decides its bounds; others that want different ones get a
        warning.
    */
    QString name() const;
    void setName(const QString &name);

    // Entries.

    /*!
        The entry of \a key, the same for each call while it lives. It belongs to the object, and is
        deleted some time after nothing is connected to it any more. Bindings connect to it by
        reading its properties: \c{users.entry("42").value}.
    */
    Q_INVOKABLE SyncCacheEntry *entry(const QString &key);

    /*! The value of \a key, or \a defaultValue. A use. */
    Q_INVOKABLE QVariant value(const QString &key, const QVariant &defaultValue = {}) const;
    /*! The same for bindings: \c{cache.value(key, "", cache.revision)} runs again with each change. */
    Q_INVOKABLE QVariant value(const QString &key, const QVariant &defaultValue,
                               double revision) const;

    /*!
        Stores \a value, with the options \c cost, \c timeToLive (milliseconds; -1 is without end, 0 is
        over at once), \c pinned and \c tags. False, with a warning, if \a value cannot be kept: undefined, functions, and other
        things that only live in one JavaScript engine; a negative cost or time; or what does not
        convert to the type of the map that is shown. False also if it does not fit.
    */
    Q_INVOKABLE bool insert(const QString &key, const QVariant &value,
                            const QVariantMap &options = {});
    Q_INVOKABLE bool contains(const QString &key) const;
    Q_INVOKABLE bool remove(const QString &key);
    Q_INVOKABLE QVariant take(const QString &key);
    Q_INVOKABLE void clear();
    /*! All keys, in no particular order. Linear. */
    Q_INVOKABLE QStringList keys() const;
    /*! See SyncCache::invalidate(). Entries that are shown are loaded anew. */
    Q_INVOKABLE bool invalidate(const QString &key);
    /*! Loads \a key anew; false if there is no loader. */
    Q_INVOKABLE bool refresh(const QString &key);

    /*! Where SyncCacheImageProvider finds the picture of \a key. */
    Q_INVOKABLE QUrl imageUrl(const QString &key) const;

    /*! Local files; the end is told by saved(), restored() or errorOccurred(). */
    Q_INVOKABLE void save(const QUrl &url);
    Q_INVOKABLE void restore(const QUrl &url);

    /*!
        Tells now what there is to tell, all turns of it at once; from within a slot that is being
        told: in a turn of its own, soon. With a notifyInterval of -1 nothing else does.
    */
    Q_INVOKABLE void flush();

    // Numbers, as of the last flush, but for those that were just set.

    double count() const;
    /*!
        -1 is unbounded. NaN, and what is else negative, is refused by a warning, in all that follow.
        Costs are whole: parts of one count as one, those of a bound as none.
    */
    double maxCost() const;
    void setMaxCost(double maxCost);
    /*!
        The bound in bytes, in place of one in entries: see SyncCache::setMaxBytes(). -1 is unbounded,
        or that costs are no bytes. To be set before the cache is made, which is when it is first used.
    */
    double maxBytes() const;
    void setMaxBytes(double maxBytes);
    double totalCost() const;
    double hits() const;
    double misses() const;
    double hitRatio() const;
    int loading() const;
    /*!
        In milliseconds; -1, the default, is without end, and 0 is over at once. Parts of a millisecond
        count as one.
    */
    double timeToLive() const;
    void setTimeToLive(double milliseconds);
    /*!
        The shortest time from the end of a flush to the next one, in milliseconds; 16 by default. 0:
        with each pass of the event loop that finds news. -1: only flush() tells, for example with a
        FrameAnimation.
    */
    int notifyInterval() const;
    void setNotifyInterval(int milliseconds);
    /*! Grows with each turn of a flush that had news. */
    double revision() const;

    /*!
        To be called when the cache got a loader after entries were made: those that have no value ask
        for one. QML's \c loader, \c{(key, request) => …}, does so itself.
    */
    void loaderReplaced();

    bool event(QEvent *event) override;

Q_SIGNALS:
    // All in the object's thread, by a flush, but for those of the settings. Slots may delete whatever
    // they can reach, this included.
    void keysChanged(const QStringList &keys); // their values changed; up to 512, as the next one
    void keysRemoved(const QStringList &keys);
    void cleared();
    void loadFailed(const QString &key, const QString &errorString);
    void saved();
    void restored();
    void errorOccurred(const QString &errorString);

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
    void notifyIntervalChanged();
    void revisionChanged();

    /*! It shows another cache: after setName(). */
    void sourceChanged();

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    using SourcePointer = std::shared_ptr<SyncMapInternal::CacheSource>;

    static SyncCacheObject *viewOf(SourcePointer source, QObject *parent);
    static void publishSource(const QString &name, const void *identity,
                              std::function<SourcePointer()> makeSource);
    std::shared_ptr<void> cacheOf(QMetaType key, QMetaType value) const;

    friend class SyncCacheEntry;
    friend class SyncCacheModel;
    friend class SyncCacheObjectPrivate;
    std::unique_ptr<class SyncCacheObjectPrivate> d;
};
