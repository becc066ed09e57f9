// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>
#include <SyncMap/cache/options.h>
#include <SyncMap/map/observer.h>
#include <SyncMap/object/newsbell.h>

#include <QtCore/qstringlist.h>
#include <QtCore/qvariant.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace SyncMapInternal {

class KeptObjects;
class PendingWrites;

// How a load ended that was asked for through a CacheSource.
struct SourceLoadResult
{
    QVariant value;
    bool isLoaded = false;
    bool isAbsent = false; // there is no such thing: not a failure
    bool isCanceled = false;
    SyncCacheError error;
};

// A load that somebody waits for, in the thread that asked. Letting go of it cancels it, unless
// others wait, too; then nothing is called any more.
class SYNCMAP_EXPORT SourceLoad
{
public:
    virtual ~SourceLoad();

    std::function<void(const SourceLoadResult &)> onDone; // may let go of the load
    std::function<void(int)> onProgress; // 0 to 100

protected:
    SourceLoad() = default;
    Q_DISABLE_COPY_MOVE(SourceLoad)
};

// What a SyncCacheObject shows: a map or a cache of any types, seen as one of texts and variants.
// Any thread, but for load() and news.
class SYNCMAP_EXPORT CacheSource
{
public:
    virtual ~CacheSource();

    struct Look
    {
        QVariant value;
        bool exists = false;
        bool isStale = false;
    };
    struct Numbers
    {
        qint64 count = 0;
        qint64 maxCost = -1;
        qint64 maxBytes = -1; // -1 also if costs are no bytes
        bool weighsBytes = false;
        qint64 totalCost = 0;
        quint64 hits = 0;
        quint64 misses = 0;
        qint64 loading = 0;
        std::chrono::milliseconds timeToLive = SyncForever;
        std::chrono::milliseconds timeToIdle = SyncForever;
        std::chrono::milliseconds staleTime = SyncForever;
        std::chrono::milliseconds errorTimeToLive {};
    };
    struct Events // that are of no key alone
    {
        bool isCleared = false;
        bool isAnyChanged = false; // which keys is not known
    };
    struct News
    {
        QList<std::pair<QString, MapChange>> keys; // each once
        qsizetype count = 0; // of keys, also if they are not wanted
    };
    enum class Keys : quint8 { Wanted, Unwanted };
    enum class LoadKind : quint8 { IfAbsent, Anew };

    virtual Look find(const QString &key) = 0; // a use
    virtual Look peek(const QString &key) = 0;
    virtual bool contains(const QString &key) = 0;
    // False, with the reason, if it cannot be.
    virtual bool insert(const QString &key, const QVariant &value, const SyncEntryOptions &options,
                        QString *why) = 0;
    // What \a f makes of the value that is there, or of null; nullopt leaves it as it is. Atomic: it
    // may be called again. Options stay. With the reason, if the result is not kept.
    using Compute = std::function<std::optional<QVariant>(const QVariant *)>;
    enum class Computed : quint8 { Kept, NoRoom, Refused };
    virtual Computed compute(const QString &key, const Compute &f, QString *why) = 0;
    virtual bool remove(const QString &key) = 0;
    // Only if it is what is there, in a map of variants; others hold no QObject, which this is for.
    virtual bool remove(const QString &key, const QVariant &expected) = 0;
    // Only if \a isIt says so of what is there. Atomic: it may be called again.
    virtual bool removeIf(const QString &key,
                          const std::function<bool(const QVariant &)> &isIt) = 0;
    virtual QVariant take(const QString &key) = 0;
    virtual void clear() = 0;
    virtual bool invalidate(const QString &key) = 0;
    virtual void invalidateAll() = 0;
    virtual qint64 removeByTag(const QString &tag) = 0;
    virtual void trim(SyncTrimLevel level) = 0;
    virtual qint64 size() = 0;
    // Until visit() returns false.
    virtual void forEachKey(const std::function<bool(const QString &)> &visit) = 0;

    // A walk over the keys in steps, in the order of their places, which are the map's hashes. What
    // was inserted behind the cursor after it passed is not visited any more; news tell of it.
    struct Cursor
    {
        quint64 next = 0;
        bool isAtEnd = false;

        bool hasPassed(quint64 place) const noexcept { return isAtEnd || place < next; }
    };
    // Until visit() has returned false, and a few thousand keys on, to where the walk can rest.
    virtual void walkKeys(Cursor *cursor, const std::function<bool(const QString &)> &visit) = 0;
    virtual quint64 placeOf(const QString &key) = 0;
    // No two keys have the same text.
    virtual bool areTextsDistinct() const noexcept = 0;

    virtual Numbers numbers() = 0; // for people: takes locks
    virtual void setMaxCost(qint64 maxCost) = 0;
    enum class Time : quint8 { ToLive, ToIdle, Stale, ErrorToLive };
    virtual void setTime(Time time, std::chrono::milliseconds span) = 0;

    virtual bool canLoad() = 0;
    // Null if it cannot. The load's functions are called in the thread of \a owner, which calls this
    // and may be moved to another; not before load() returns, nor once the owner has gone.
    virtual std::unique_ptr<SourceLoad> load(QObject *owner, const QString &key, LoadKind kind,
                                             int priority) = 0;
    // Until the answer goes, \a derived is about to be looked for or loaded; it is made of what \a key
    // stands for, and goes with that: see DerivedKeys. Null if one of them is no key.
    virtual std::shared_ptr<void> holdDerived(const QString &key, const QString &derived) = 0;

    // Writes that may be taken back, of all who show the map; null where nothing can be written. They
    // end with the map, and have no effect then.
    virtual std::shared_ptr<PendingWrites> pendingWrites() = 0;

    // For files. The result is told in the calling thread: an error, or an empty text.
    using FileResult = std::function<void(const QString &errorString)>;
    virtual void save(QObject *context, const QString &fileName, FileResult done) = 0;
    virtual void restore(QObject *context, const QString &fileName, FileResult done) = 0;

    // From now on, changes are noted, and the bell is rung. Once. In the object's thread.
    virtual void observe(const std::shared_ptr<NewsBell> &bell) = 0;
    // The news of before this call is a round: it is taken before what comes later, in steps.
    virtual Events beginRound() = 0;
    virtual News takeNews(qsizetype most, Keys keys) = 0;
    // After each step: those of its keys that are at \a places come first with the next one.
    virtual void giveBackNews(const QList<qsizetype> &places) = 0;
    virtual bool isRoundOver() = 0;

    // The map, as what it was wrapped as.
    virtual std::shared_ptr<void> cacheOf(QMetaType key, QMetaType value) = 0;
    // Identifies the map: views of the same one have the same.
    virtual const void *identity() const noexcept = 0;

    KeptObjects &keptObjects() const noexcept { return *m_keptObjects; }

protected:
    CacheSource();
    Q_DISABLE_COPY_MOVE(CacheSource)

private:
    const std::unique_ptr<KeptObjects> m_keptObjects;
};

} // namespace SyncMapInternal
