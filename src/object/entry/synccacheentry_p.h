// SPDX-License-Identifier: MIT
#pragma once

#include "../cacheview.h"
#include "autorefresh.h"
#include "confirmation.h"
#include "imageversion.h"
#include "loadrest.h"

#include <SyncMap/object/synccacheentry.h>
#include <SyncMap/private/object/value/value.h>

#include <QtCore/qdatetime.h>
#include <QtCore/qpointer.h>
#include <QtCore/qtimer.h>
#include <QtCore/qurl.h>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {
class EntryHints;
} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

class SyncCacheEntryPrivate
{
public:
    using Source = SyncMapInternal::CacheSource;
    using Look = Source::Look;
    using Change = SyncMapInternal::MapChange;
    using Status = SyncCacheEntry::Status;

    explicit SyncCacheEntryPrivate(SyncCacheEntry *entry) : q(entry) { }

    static SyncCacheEntryPrivate *of(const SyncCacheEntry *entry) { return entry->d.get(); }

    // What is shown. Set as a whole, before anybody is told.
    struct State
    {
        QVariant value; // invalid: nothing of the cache's, so the placeholder is shown
        Status status = SyncCacheEntry::Null;
        bool exists = false;
        bool isStale = false;
        bool isFetching = false;
        bool isWriting = false; // as is told; see there
        double progress = 0; // as is told; see show()
        SyncCacheError error;
        QDateTime lastUpdated;
        SyncMapInternal::ImageVersion version; // of the value
    };

    // By the cache object, and its interned entries.
    void intern(SyncCacheObject *object, const QString &itsKey,
                std::shared_ptr<SyncMapInternal::EntryHints> itsHints);
    bool isInUse() const; // somebody is connected
    static bool isLooking(const QMetaMethod &signal); // which is nobody else's
    bool isInSeveralEngines() const;
    void wake();
    void sleep();
    bool isRefusedToChange() const;
    // With \a error, or else with that of a write that has failed, while nothing is different.
    void follow(const Look &look, Change change, const std::optional<SyncCacheError> &error = {});
    void followClear(const Look &look);
    void beginAnew();
    void loaderChanged();
    // The object ends. What is returned tells of that.
    std::function<void()> leaveObject();

    void attach(); // to what cache, key and active say
    void detach();
    void change(const std::function<void()> &change); // of cache, key or active
    bool mustPause() const { return debounce > 0 && isCompleted && object && hasKey && isActive; }
    void pauseWith(const QString &itsKey);
    void endPause();
    // \a confirmation is empty if there is nothing to wait for.
    void write(const QVariant &value, const SyncMapInternal::Confirmation &confirmation = {});
    bool isWriting() const;
    bool isAwaited(quint64 id) const;
    void showUnsaved(const QVariant &value, const QString &why);
    void writePending();
    void refresh();
    // By AutoRefresh: whether a load that nobody asks for may begin; whether it is due when somebody
    // comes back; and in the background, false without a loader.
    bool mayRefreshByItself() const { return isAttached && !m_load && !isWriting(); }
    bool isOld() const;
    bool refreshByItself();

    SyncCacheEntry *const q;
    SyncCacheObject *object = nullptr;
    QString key;
    bool hasKey = false;
    bool isActive = true;
    bool isInterned = false; // of SyncCacheObject::entry()
    bool isIdle = false; // interned, and follows nothing
    bool isCollectors = false; // idle, and some engine's to end
    std::optional<std::list<SyncCacheEntry *>::iterator> idlePlace; // idle, and the object's to end
    std::shared_ptr<SyncMapInternal::EntryHints> hints; // null unless interned
    bool isAttached = false;
    bool isAttachedTo(const SyncCacheObject *one) const { return isAttached && object == one; }
    bool isCompleted = true;
    bool retains = false;
    int priority = 0;
    int debounce = 0; // milliseconds
    QVariant placeholder;
    struct PendingWrite
    {
        QVariant value;
        SyncMapInternal::Confirmation confirmation;
        QPointer<QObject> itsObject; // if it is one: it may end meanwhile
    };
    PendingWrite pendingWrite; // until there are cache and key
    State state;
    SyncMapInternal::AutoRefresh autoRefresh { this };

private:
    template <typename Ask>
    bool areThereReceivers(Ask ask) const;
    SyncMapInternal::CacheView &view() const { return *SyncMapInternal::CacheView::of(object); }
    Source &source() const { return *view().toRead(); }
    static QUrl imageSourceOf(const State &shown);
    void show(State next, bool hasLoaded = false);
    // An idle one shows what the cache has.
    template <typename Read>
    auto seen(Read &&read) const
    {
        return isIdle && object && hasKey ? read(peeked()) : read(state);
    }
    State peeked() const;
    State withValue(const QVariant &value, bool isStale, bool exists) const;
    State loading() const;
    bool startLoad(Source::LoadKind kind);
    void showFetching();
    void loadEnded(const SyncMapInternal::SourceLoadResult &result);
    void rest();
    void tryAgain();

    void await(const std::shared_ptr<SyncMapInternal::PendingWrites> &writes, quint64 id,
               const SyncMapInternal::Confirmation &confirmation);
    void writeEnded(quint64 id, const SyncMapInternal::Settlement &how, bool isTakenBack);
    void showWriteEnded(const std::optional<SyncCacheError> &error, bool isTakenBack);
    void loadWhatWasCalledOff(bool wasLoading);

    friend class SyncCacheEntry;

    struct Unconfirmed
    {
        quint64 id;
        QPointer<SyncCacheObject> object;
        QString key;
    };
    std::vector<Unconfirmed> m_unconfirmed;
    std::unique_ptr<SyncMapInternal::SourceLoad> m_load;
    bool m_loadsAnew = false;
    bool m_isWaking = false; // nobody is to be told
    QTimer *m_pause = nullptr; // until a key that others follow begins to be shown
    bool m_isJustWritten = false; // by write(), which is under way
    double m_loadProgress = 0; // of the load under way
    bool m_hasTakenBack = false; // and loads since; the news of it is still to come
    bool m_isUnsaved = false; // what is shown was written, and there was no room for it
    bool m_isOfThisKey = false; // the value that is shown
    SyncMapInternal::LoadRest m_rest { q, [this] { tryAgain(); } };
};
