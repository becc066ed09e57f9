// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/cachesource.h>
#include <SyncMap/private/object/value/value.h>

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>
#include <QtCore/qpointer.h>
#include <QtCore/qset.h>

#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Which QObjects are values of a map, and under which keys: when one of them ends, the entries that
// still hold it go, in the thread in which it ends. One connection for each object, however often it
// is put. Any thread.
class SYNCMAP_EXPORT KeptObjects
{
public:
    explicit KeptObjects(CacheSource *map) noexcept : m_map(map) { }
    Q_DISABLE_COPY_MOVE(KeptObjects)
    ~KeptObjects();

    // The map holds the object under the key by now; else it is to be told again once it does. Whoever
    // brings the map an object has it in his hands. One that the map has had before may be ending, or
    // have ended: then the entry goes at once.
    static void add(const std::shared_ptr<KeptObjects> &all, const QString &key,
                    const KeptObject &kept);

    // How many keys are remembered of all objects together.
    qsizetype keyCount();

private:
    static constexpr qsizetype FewKeys = 16;

    // Those that hold the object, or held it. Looked through whenever they have doubled.
    struct Keys
    {
        QMetaObject::Connection destroyed;
        QPointer<QObject> thread; // of the object, when it was last put
        QSet<QString> keys;
        qsizetype tidyAt = FewKeys;
    };

    void objectDestroyed(const QObject *identity);
    void removeEnded(const QSet<QString> &keys, const QObject *identity);
    void tidy(const KeptObject &kept);

    CacheSource *const m_map;
    QMutex m_mutex; // the next; nothing of the map's is called under it
    QHash<const QObject *, Keys> m_objects;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
