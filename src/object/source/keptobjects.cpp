// SPDX-License-Identifier: MIT
#include "keptobjects.h"

#include <SyncMap/object/value/value.h>

#include <algorithm>
#include <mutex>

namespace SyncMapInternal {

KeptObjects::~KeptObjects()
{
    for (const Keys &one : std::as_const(m_objects))
        QObject::disconnect(one.destroyed);
}

void KeptObjects::keep(const std::shared_ptr<CacheSource> &source, const QString &key,
                       const QVariant &plain)
{
    if (plain.metaType() != QMetaType::fromType<KeptObject>())
        return;
    if (QObject *const object = static_cast<const KeptObject *>(plain.constData())->object)
        add(source, object, key);
}

void KeptObjects::add(const std::shared_ptr<CacheSource> &source, QObject *object,
                      const QString &key)
{
    KeptObjects &kept = source->keptObjects();
    bool isTidyDue = false;
    {
        const std::lock_guard lock(kept.m_mutex);
        Keys &known = kept.m_objects[object];
        known.keys.insert(key);
        if (!known.destroyed) {
            const auto forget = [weak = std::weak_ptr(source), object] {
                if (const auto itsSource = weak.lock())
                    objectDestroyed(itsSource.get(), object);
            };
            // In whichever thread it ends.
            known.destroyed = QObject::connect(object, &QObject::destroyed, forget);
        }
        isTidyDue = known.keys.size() >= known.tidyAt;
    }
    if (isTidyDue)
        kept.tidy(source.get(), object);
}

qsizetype KeptObjects::keyCount()
{
    const std::lock_guard lock(m_mutex);
    qsizetype count = 0;
    for (const Keys &one : std::as_const(m_objects))
        count += one.keys.size();
    return count;
}

void KeptObjects::objectDestroyed(CacheSource *source, const QObject *object)
{
    KeptObjects &kept = source->keptObjects();
    QSet<QString> keys;
    {
        const std::lock_guard lock(kept.m_mutex);
        keys = kept.m_objects.take(object).keys;
    }
    // As it is kept by now: the pointer has become null.
    const QVariant ended = QVariant::fromValue(KeptObject { {}, object });
    for (const QString &key : std::as_const(keys))
        source->remove(key, ended);
}

// Whoever adds the object has it in his hands, so it does not end meanwhile.
void KeptObjects::tidy(CacheSource *source, QObject *object)
{
    QSet<QString> keys;
    {
        const std::lock_guard lock(m_mutex);
        Keys &known = m_objects[object];
        keys.swap(known.keys);
    }
    const QVariant held = QVariant::fromValue(KeptObject { object, object });
    for (auto it = keys.begin(); it != keys.end();) {
        if (isSameValue(source->peek(*it).value, held))
            ++it;
        else
            it = keys.erase(it);
    }
    const std::lock_guard lock(m_mutex);
    Keys &known = m_objects[object];
    known.keys.unite(keys); // some were added meanwhile
    known.tidyAt = std::max(known.keys.size() * 2, FewKeys);
}

} // namespace SyncMapInternal
