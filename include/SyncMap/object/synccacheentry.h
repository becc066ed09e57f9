// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccacheobject.h>

#include <QtCore/qdatetime.h>
#include <QtCore/qfuture.h>

/*!
    \class SyncCacheEntry
    \inmodule SyncMap
    \brief One key of a SyncCacheObject, as something to bind to. Its name in QML is CacheEntry.

    \code
    CacheEntry { id: user; cache: users; key: "user/42" }
    Text { text: user.status === CacheEntry.Error ? user.errorString : user.value?.name ?? "" }
    \endcode

    When \c cache or \c key changes, and there is a value, the entry is Ready in the same turn. If
    there is none, it is Loading where the cache has a loader, and Null where it has not. A load in
    the background leaves it Ready, with \c fetching true; if that fails, it stays Ready, \c stale,
    with an \c errorString. A load that fails without a value to show makes it an Error; one that is
    canceled, as where too many wait, leaves it Loading without \c fetching, and begins again after a
    second, two, and so on.

    An active entry keeps its value when the cache evicts, trims or expires it, and is \c stale then;
    with a loader it is loaded anew: at once whenever it expires, and when it is evicted for the first
    time. If it is evicted again, the next loads begin no less than one second, two, four and so on, up
    to a minute, after one another. What was loaded and could not be kept, or was soon stale, or failed
    to be loaded anew, is shown, \c stale, and loaded again when the cache's error time to live is
    over, and at least a second; and then after twice as long each time, likewise. Who writes it,
    invalidates it, or refreshes the entry, ends that. (To invalidate what is not in the cache is to
    be done by the entry, or by SyncCache::invalidateAll().)

    What is in the cache, and then removed in whatever way, is Null: by remove(), take(), clear() or a
    tag, or since a new value did not fit. That a stale time is over is seen with the next news of the
    key, or by who begins to show it.

    All members are set before the first signal is emitted, and signals are emitted only for what is
    different.

    In the thread of its cache object.
*/
class SYNCMAP_EXPORT SyncCacheEntry : public QObject
{
    Q_OBJECT
    Q_PROPERTY(SyncCacheObject *cache READ cache WRITE setCache NOTIFY cacheChanged FINAL)
    Q_PROPERTY(QString key READ key WRITE setKey NOTIFY keyChanged FINAL)
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY activeChanged FINAL)
    Q_PROPERTY(bool retainWhileLoading READ retainWhileLoading WRITE setRetainWhileLoading NOTIFY
                       retainWhileLoadingChanged FINAL)
    Q_PROPERTY(QVariant placeholderValue READ placeholderValue WRITE setPlaceholderValue NOTIFY
                       placeholderValueChanged FINAL)
    Q_PROPERTY(int priority READ priority WRITE setPriority NOTIFY priorityChanged FINAL)
    Q_PROPERTY(int debounce READ debounce WRITE setDebounce NOTIFY debounceChanged FINAL)
    Q_PROPERTY(int refreshInterval READ refreshInterval WRITE setRefreshInterval NOTIFY
                       refreshIntervalChanged FINAL)
    Q_PROPERTY(bool refreshOnActive READ refreshesOnActive WRITE setRefreshOnActive NOTIFY
                       refreshOnActiveChanged FINAL)
    Q_PROPERTY(QVariant value READ value WRITE setValue NOTIFY valueChanged FINAL)
    Q_PROPERTY(Status status READ status NOTIFY statusChanged FINAL)
    Q_PROPERTY(bool exists READ exists NOTIFY existsChanged FINAL)
    Q_PROPERTY(double progress READ progress NOTIFY progressChanged FINAL)
    Q_PROPERTY(bool stale READ isStale NOTIFY staleChanged FINAL)
    Q_PROPERTY(bool fetching READ isFetching NOTIFY fetchingChanged FINAL)
    Q_PROPERTY(bool writing READ isWriting NOTIFY writingChanged FINAL)
    Q_PROPERTY(QString errorString READ errorString NOTIFY errorStringChanged FINAL)
    Q_PROPERTY(ErrorCode errorCode READ errorCode NOTIFY errorCodeChanged FINAL)
    Q_PROPERTY(QDateTime lastUpdated READ lastUpdated NOTIFY lastUpdatedChanged FINAL)
    Q_PROPERTY(QUrl imageSource READ imageSource NOTIFY imageSourceChanged FINAL)

public:
    /*! What there is to show. */
    enum Status : int {
        Null, //!< there is nothing to show, and nothing is being loaded
        Ready, //!< there is a value
        Loading, //!< there is none yet, and it is being loaded
        Error, //!< there is none, since its load has failed
    };
    Q_ENUM(Status)
    /*! As those of SyncCacheError. May grow. */
    enum ErrorCode : int {
        NoError, //!< nothing went wrong
        KeyNotFound, //!< the loader found that there is no such thing
        RecursiveLoad, //!< the load would have waited for itself
        LoadFailed, //!< the loader failed
        Canceled, //!< the load was canceled
        CacheDestroyed, //!< the cache has gone
        TimedOut, //!< somebody did not wait any longer
        FileError, //!< a file could not be read or written
        FormatError, //!< a file is damaged, or of another kind
        NotKept, //!< a value was written that the cache cannot keep
        WriteFailed, //!< a value was written, and what was to confirm it has failed
    };
    Q_ENUM(ErrorCode)

    /*! An entry that follows nothing yet, owned by \a parent. */
    explicit SyncCacheEntry(QObject *parent = nullptr);
    /*!
        One of your own, owned by \a parent, that follows \a key of \a cache as long as that lives.
    */
    SyncCacheEntry(SyncCacheObject *cache, const QString &key, QObject *parent = nullptr);
    ~SyncCacheEntry() override;

    /*! Where the key is looked up. */
    SyncCacheObject *cache() const;
    void setCache(SyncCacheObject *cache);
    /*!
        Of what is shown; none before it is set. An empty text is a key as any other, and loaded as such:
        what shows nothing has no \c cache.
    */
    QString key() const;
    void setKey(const QString &key);
    /*! While false, the entry follows nothing, loads nothing, and keeps what it shows. */
    bool isActive() const;
    void setActive(bool active);
    /*! Value and imageSource of the old key stay until those of the new one have come. */
    bool retainWhileLoading() const;
    void setRetainWhileLoading(bool retain);
    /*! What \c value is while there is nothing else to show. */
    QVariant placeholderValue() const;
    void setPlaceholderValue(const QVariant &value);
    /*! Of loads that begin from now on: higher ones first. */
    int priority() const;
    void setPriority(int priority);
    /*!
        Milliseconds; 0 by default. So long after the last of several keys the entry begins to show it:
        five keystrokes, one load. Until then it stays as it was, \c fetching. The first key, another
        cache, and refresh() do not wait.
    */
    int debounce() const;
    void setDebounce(int milliseconds);
    /*!
        Milliseconds; 0, which is none, by default. So long after the last load has ended, for good or
        bad, or somebody has brought another value, or the entry began to show its key, it is loaded
        anew, in the background, as by refresh(): but only while somebody is connected to the entry
        (a binding, a handler of its own), and the application is active. (QGuiApplication says so; one
        without an interface always is, and one that loads this library while it runs, as a plugin of
        QML, counts as active until it says otherwise.) What was due meanwhile is loaded once, as soon
        as both are so again. It waits for a load that is under way, a pause of \c debounce, and unconfirmed writes.
    */
    int refreshInterval() const;
    void setRefreshInterval(int milliseconds);
    /*!
        When the application becomes active again, the entry is loaded anew, in the background, if
        somebody is connected to it, and it is an Error, or what it shows is \c stale, also if nobody
        has told that yet; or whatever it shows, if its cache has no stale time. False by default.
    */
    bool refreshesOnActive() const;
    void setRefreshOnActive(bool refresh);

    /*! What the entry shows. */
    QVariant value() const;
    /*!
        Writes \a value to the cache, at once, and keeps the options of what was there. Undefined is
        ignored. What is written before there are a cache and a key, or while the entry is still being
        made, is written after. If it cannot be kept, there are a warning and failed(); if the cache has
        no room for it, it is shown nevertheless, \c stale.
    */
    void setValue(const QVariant &value);
    /*! What there is to show. */
    Status status() const;
    /*! The cache has the key, as of the last flush, or of the entry's own last write. */
    bool exists() const;
    /*! 0 to 1, of the load under way, also one in the background; else 1 when Ready. */
    double progress() const;
    /*! What is shown is not, or no longer, good. */
    bool isStale() const;
    /*! A load is under way for this entry. */
    bool isFetching() const;
    /*! Of what was written to this key through this entry, something is not confirmed yet. */
    bool isWriting() const;
    /*! Why there is no value, or none that is fresh; empty if nothing went wrong. */
    QString errorString() const;
    /*! What \c errorString is the text of, to decide by. */
    ErrorCode errorCode() const;
    /*! When the value that is shown was seen first. */
    QDateTime lastUpdated() const;
    /*!
        SyncCacheObject::imageUrl(), with a version that names the value which is shown, and never
        another one, so that an Image need not set \c cache to false; who shows the same value of the
        same key has the same URL. Empty where nothing is shown, or the cache has no name.
    */
    QUrl imageSource() const;

    /*! Loads anew, also after an error. Nothing without a loader. */
    Q_INVOKABLE void refresh();
    /*!
        Writes \a value, as \c{value = …} does, and takes it back if \a promise is rejected, and nobody
        else has written or removed the key since: not even the same value. Then there are failed(), an
        \c errorString, which is the \c message of what it was rejected with, and the \c errorCode
        WriteFailed; and what was there before is there again, or nothing if there was nothing. It is
        stale if it was so, or if times count in this cache, for how old it is is not known any more. What cannot be kept is so as with \c value, whatever becomes of the promise. Until
        that is settled, the entry is \c writing, and is not refreshed by
        itself.

        If the promise is fulfilled with a value, and nobody else has written since, that takes the
        place of \a value: the server's answer. Undefined leaves it as it is, and so does a \a promise
        that is none.

        There may be several such writes of one key, also through other entries, and they may end in
        any order: one that is rejected goes, wherever it stands, and shown is the last of those that
        are left. Those that came before one that is fulfilled are covered by it; that
        they fail is told all the same, and the entry is \c writing until all are settled.

        A load that was under way is called off, as by any write; one that begins later and brings a
        value counts as somebody else's write. What is taken back is loaded, if the write or the taking
        back have called a load off, or there was nothing. The entry, its object and its engine may end before the
        promise is settled: the cache is cleared of a rejected value as long as it lives, and a promise
        that nobody can hear of any more leaves it there.
    */
    Q_INVOKABLE void write(const QVariant &value, const QVariant &promise);
    /*! For C++: a future that is canceled, or ends in an exception, is rejected. */
    void write(const QVariant &value, const QFuture<QVariant> &confirmed);
    void write(const QVariant &value, const QFuture<void> &confirmed);
    /*! What is shown is stale from now on, and loaded anew if there is a loader. */
    Q_INVOKABLE void invalidate();
    /*! Removes the key from the cache. */
    Q_INVOKABLE void remove();

Q_SIGNALS:
    /*! A load for this entry has brought a value. */
    void loaded();
    /*! A load for this entry has failed, or a write: why is \a errorString. */
    void failed(const QString &errorString);

    void cacheChanged();
    void keyChanged();
    void activeChanged();
    void retainWhileLoadingChanged();
    void placeholderValueChanged();
    void priorityChanged();
    void debounceChanged();
    void refreshIntervalChanged();
    void refreshOnActiveChanged();
    void valueChanged();
    void statusChanged();
    void existsChanged();
    void progressChanged();
    void staleChanged();
    void fetchingChanged();
    void writingChanged();
    void errorStringChanged();
    void errorCodeChanged();
    void lastUpdatedChanged();
    void imageSourceChanged();

    /*! \internal To ask who is connected. Nobody else hears it. */
    void looking(QPrivateSignal);

protected:
    /*! \internal Until it is completed, writes to \c value wait. */
    void setCompleted(bool isCompleted);

    void connectNotify(const QMetaMethod &signal) override;
    void disconnectNotify(const QMetaMethod &signal) override;

private:
    friend class SyncCacheEntryPrivate;
    std::unique_ptr<class SyncCacheEntryPrivate> d;
};
