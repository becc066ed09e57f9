// SPDX-License-Identifier: MIT
#pragma once

#include "entryhints.h"

#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtCore/qstring.h>

#include <list>
#include <memory>

class SyncCacheEntry;
class SyncCacheObject;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The entries of SyncCacheObject::entry(): one for each key, for as long as somebody looks.
//
//   none ── entry(key) ──▶ live ── end of a flush, nobody is connected ──▶ idle ──▶ gone
//                           ▲                                              │
//                           └────────── entry(key), or a connection ───────┘
//
// A live one follows the cache, and is the object's. An idle one has given up its load and its value,
// and keeps its key: it is what a variable of QML may still hold. If exactly one engine has a wrapper
// for it, it is that engine's, to be collected with what holds it. Else it is the object's, which ends
// the oldest of them when they outnumber the live ones by more than SpareIdle.
//
// Who is connected is asked for, not counted: Qt notifies of some connections that end with others
// only once, or not by name. Its notifications are but hints at whom to ask (see EntryHints).
//
// All in the object's thread, but for the hints.
class InternedEntries
{
public:
    InternedEntries(SyncCacheObject *object, std::shared_ptr<NewsBell> bell);
    Q_DISABLE_COPY_MOVE(InternedEntries)
    ~InternedEntries() = default;

    // Makes it, or wakes it.
    SyncCacheEntry *entryOf(const QString &key);
    // What shows that there is no key.
    SyncCacheEntry *withoutKey();
    // Null unless it is live.
    SyncCacheEntry *liveOf(const QString &key) const;
    template <typename Visit>
    void forEachLive(Visit &&visit) const
    {
        for (SyncCacheEntry *entry : m_live)
            visit(entry);
    }

    // At the end of a flush: those that nobody is connected to any more become idle. Tells followers
    // and whoever waits for the end of an entry, who may end this.
    void settle();

    // It is about to be moved to another thread.
    void moveWithObject();

    // The object ends: all of them, which are forgotten.
    QList<QPointer<SyncCacheEntry>> release();

    // By the entries.
    void lives(SyncCacheEntry *entry);
    void isGoing(SyncCacheEntry *entry);
    // It may have got an owner more.
    void reconsiderOwner(SyncCacheEntry *entry);
    const std::shared_ptr<EntryHints> &hints() const { return m_hints; }

    static constexpr qsizetype SpareIdle = 64;

private:
    static bool isCollected(SyncCacheEntry *entry);
    SyncCacheEntry *make(const QString &key);
    bool settle(SyncCacheEntry *entry);
    void becomesIdle(SyncCacheEntry *entry);
    void findOwner(SyncCacheEntry *entry);
    bool endSpare();

    SyncCacheObject *const m_object;
    const std::shared_ptr<EntryHints> m_hints;
    QHash<QString, SyncCacheEntry *> m_entries; // live and idle
    QHash<QString, SyncCacheEntry *> m_live;
    std::list<SyncCacheEntry *> m_ownIdle; // the oldest first
    SyncCacheEntry *m_withoutKey = nullptr;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
