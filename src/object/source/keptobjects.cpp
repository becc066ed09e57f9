// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/source/keptobjects.h>

#include <QtCore/qthread.h>

#include <algorithm>
#include <mutex>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

KeptObjects::~KeptObjects()
{
    // An object that is ending in another thread looks at its connections without a lock. Those of other
    // threads stay until their objects end, and do nothing.
    for (const Keys &one : std::as_const(m_objects)) {
        if (one.thread == QThread::currentThread())
            QObject::disconnect(one.destroyed);
    }
}

// An object's pointer is null before it tells of its end, and its memory is nobody else's until all
// have heard. So as long as the pointer leads to it, what is known by its address is of this object,
// and whatever is added will be found when it ends.
void KeptObjects::add(const std::shared_ptr<KeptObjects> &all, const QString &key,
                      const KeptObject &kept)
{
    const QObject *const identity = kept.identity;
    bool isTidyDue = false;
    {
        const std::lock_guard lock(all->m_mutex);
        if (kept.object) {
            Keys &known = all->m_objects[identity];
            known.keys.insert(key);
            known.thread = kept.thread; // it may have been moved, and was put anew
            if (!known.destroyed) {
                const auto forget = [weak = std::weak_ptr(all), identity] {
                    if (const auto itsAll = weak.lock())
                        itsAll->objectDestroyed(identity);
                };
                // In whichever thread it ends.
                known.destroyed = QObject::connect(kept.object.data(), &QObject::destroyed, forget);
            }
            isTidyDue = known.keys.size() >= known.tidyAt;
        }
    }
    if (isTidyDue)
        all->tidy(kept);
    if (!kept.object)
        all->removeEnded({ key }, identity);
}

qsizetype KeptObjects::keyCount()
{
    const std::lock_guard lock(m_mutex);
    qsizetype count = 0;
    for (const Keys &one : std::as_const(m_objects))
        count += one.keys.size();
    return count;
}

void KeptObjects::objectDestroyed(const QObject *identity)
{
    QSet<QString> keys;
    {
        const std::lock_guard lock(m_mutex);
        keys = m_objects.take(identity).keys;
    }
    removeEnded(keys, identity);
}

void KeptObjects::removeEnded(const QSet<QString> &keys, const QObject *identity)
{
    // As it is kept by now: the pointer has become null.
    const QVariant ended = QVariant::fromValue(KeptObject { {}, identity });
    for (const QString &key : keys)
        m_map->remove(key, ended);
}

void KeptObjects::tidy(const KeptObject &kept)
{
    QSet<QString> keys;
    {
        const std::lock_guard lock(m_mutex);
        const auto known = m_objects.find(kept.identity);
        if (known == m_objects.end())
            return;
        keys.swap(known->keys);
    }
    const QVariant held = QVariant::fromValue(kept);
    for (auto it = keys.begin(); it != keys.end();) {
        if (isSameValue(m_map->peek(*it).value, held))
            ++it;
        else
            it = keys.erase(it);
    }
    {
        const std::lock_guard lock(m_mutex);
        if (kept.object) {
            Keys &known = m_objects[kept.identity];
            known.keys.unite(keys); // some were added meanwhile
            known.tidyAt = std::max(known.keys.size() * 2, FewKeys);
            return;
        }
    }
    removeEnded(keys, kept.identity); // it ended while they were not known
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
