// SPDX-License-Identifier: MIT
#include "internedentries.h"

#include "synccacheentry_p.h"

#include <SyncMap/private/object/value/value.h>

#include <QtCore/qset.h>

using namespace SyncMapInternal;

InternedEntries::InternedEntries(SyncCacheObject *object, std::shared_ptr<NewsBell> bell)
    : m_object(object), m_hints(std::make_shared<EntryHints>(std::move(bell)))
{
}

SyncCacheEntry *InternedEntries::entryOf(const QString &key)
{
    const auto known = m_entries.constFind(key);
    if (known == m_entries.cend() || isCollected(*known))
        return make(key);
    SyncCacheEntry *const entry = *known;
    SyncCacheEntryPrivate::of(entry)->wake();
    return entry;
}

SyncCacheEntry *InternedEntries::withoutKey()
{
    if (!m_withoutKey) {
        m_withoutKey = new SyncCacheEntry(m_object);
        SyncCacheEntryPrivate::of(m_withoutKey)->intern(m_object, QString(), m_hints);
    }
    return m_withoutKey;
}

SyncCacheEntry *InternedEntries::liveOf(const QString &key) const
{
    return m_live.value(key);
}

// Without a parent: QML would never collect it.
SyncCacheEntry *InternedEntries::make(const QString &key)
{
    auto *const entry = new SyncCacheEntry;
    m_entries.insert(key, entry);
    SyncCacheEntryPrivate::of(entry)->intern(m_object, key, m_hints);
    return entry;
}

bool InternedEntries::isCollected(SyncCacheEntry *entry)
{
    return SyncCacheEntryPrivate::of(entry)->isCollectors && qmlBorder().isCollected(entry);
}

void InternedEntries::lives(SyncCacheEntry *entry)
{
    auto *const its = SyncCacheEntryPrivate::of(entry);
    if (its->hasKey)
        m_live.insert(its->key, entry);
    if (its->idlePlace)
        m_ownIdle.erase(*std::exchange(its->idlePlace, std::nullopt));
    its->isCollectors = false;
    if (const auto setOwner = qmlBorder().setOwnedByJavaScript)
        setOwner(entry, false);
    m_hints->add(entry);
}

void InternedEntries::isGoing(SyncCacheEntry *entry)
{
    auto *const its = SyncCacheEntryPrivate::of(entry);
    m_hints->remove(entry);
    if (its->idlePlace)
        m_ownIdle.erase(*std::exchange(its->idlePlace, std::nullopt));
    const auto leaves = [its, entry](QHash<QString, SyncCacheEntry *> &all) {
        const auto known = all.constFind(its->key);
        const bool isThere = known != all.cend() && *known == entry;
        if (isThere)
            all.erase(known);
        return isThere;
    };
    leaves(m_entries);
    if (m_withoutKey == entry)
        m_withoutKey = nullptr;
    if (leaves(m_live)) // somebody else than the object ends it
        CacheView::of(m_object)->entryGone(its->key);
}

void InternedEntries::reconsiderOwner(SyncCacheEntry *entry)
{
    auto *const its = SyncCacheEntryPrivate::of(entry);
    if (!its->isCollectors)
        return;
    its->isCollectors = false;
    qmlBorder().setOwnedByJavaScript(entry, false);
    its->idlePlace = m_ownIdle.insert(m_ownIdle.end(), entry);
    m_hints->add(entry);
}

void InternedEntries::settle()
{
    constexpr qsizetype AtOnce = 512; // a microsecond each, or what the end of a load takes
    const QPointer<SyncCacheObject> alive(m_object);
    QList<QPointer<SyncCacheEntry>> all;
    for (SyncCacheEntry *entry : m_hints->take(AtOnce))
        all.append(entry);
    for (const auto &entry : std::as_const(all)) {
        if (entry && !settle(entry) && !alive)
            return;
    }
    while (endSpare()) {
        if (!alive)
            return;
    }
}

// False if somebody was told.
bool InternedEntries::settle(SyncCacheEntry *entry)
{
    auto *const its = SyncCacheEntryPrivate::of(entry);
    if (its->isInUse()) {
        if (!its->isIdle)
            return true;
        its->wake(); // by a connection that another thread made
        return false;
    }
    if (its->isIdle) {
        findOwner(entry);
        return true;
    }
    becomesIdle(entry);
    return false;
}

void InternedEntries::becomesIdle(SyncCacheEntry *entry)
{
    const QPointer<SyncCacheObject> alive(m_object);
    const QPointer<SyncCacheEntry> still(entry);
    auto *const its = SyncCacheEntryPrivate::of(entry);
    if (!its->hasKey)
        return;
    m_live.remove(its->key);
    its->idlePlace = m_ownIdle.insert(m_ownIdle.end(), entry);
    its->sleep(); // cancels its load, which may call whoever waits for that
    if (!alive || !still)
        return;
    findOwner(entry);
    CacheView::of(m_object)->entryGone(its->key);
}

void InternedEntries::findOwner(SyncCacheEntry *entry)
{
    auto *const its = SyncCacheEntryPrivate::of(entry);
    const QmlBorder &border = qmlBorder();
    if (!its->idlePlace || !border.hasWrapper || !border.hasWrapper(entry) || entry->parent()
        || its->isInSeveralEngines())
        return;
    m_ownIdle.erase(*std::exchange(its->idlePlace, std::nullopt));
    its->isCollectors = true;
    border.setOwnedByJavaScript(entry, true);
}

// False if there are none to end.
bool InternedEntries::endSpare()
{
    if (qsizetype(m_ownIdle.size()) <= m_live.size() + SpareIdle)
        return false;
    SyncCacheEntry *const oldest = m_ownIdle.front();
    auto *const its = SyncCacheEntryPrivate::of(oldest);
    if (its->isInUse()) {
        its->wake();
        return true;
    }
    findOwner(oldest);
    if (its->idlePlace)
        delete oldest; // tells that it is destroyed
    return true;
}

// As children do. They stay that, for no engine is to end them any more.
void InternedEntries::moveWithObject()
{
    for (SyncCacheEntry *entry : std::as_const(m_live))
        entry->setParent(m_object);
    for (SyncCacheEntry *entry : m_ownIdle)
        entry->setParent(m_object);
}

QList<QPointer<SyncCacheEntry>> InternedEntries::release()
{
    QSet<SyncCacheEntry *> all(m_entries.cbegin(), m_entries.cend());
    all.unite(QSet<SyncCacheEntry *>(m_live.cbegin(), m_live.cend()));
    all.unite(QSet<SyncCacheEntry *>(m_ownIdle.cbegin(), m_ownIdle.cend()));
    if (m_withoutKey)
        all.insert(m_withoutKey);
    m_entries.clear();
    m_live.clear();
    m_ownIdle.clear();
    m_withoutKey = nullptr;
    for (SyncCacheEntry *entry : std::as_const(all))
        SyncCacheEntryPrivate::of(entry)->idlePlace.reset();
    return { all.cbegin(), all.cend() };
}
