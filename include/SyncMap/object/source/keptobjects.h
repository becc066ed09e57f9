// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/source/source.h>

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>
#include <QtCore/qset.h>

#include <memory>

namespace SyncMapInternal {

// Which QObjects were inserted into a source, and under which keys: when one of them ends, the entries
// that still hold it go. One connection for each object, however often it is inserted. Any thread; the
// objects live while they are added.
class KeptObjects
{
public:
    KeptObjects() = default;
    ~KeptObjects();

    // To be called once the source holds the object under the key.
    static void add(const std::shared_ptr<CacheSource> &source, QObject *object,
                    const QString &key);
    // The same for a value that may be one.
    static void keep(const std::shared_ptr<CacheSource> &source, const QString &key,
                     const QVariant &plain);

    // How many keys are remembered of all objects together.
    qsizetype keyCount();

private:
    Q_DISABLE_COPY_MOVE(KeptObjects)

    static constexpr qsizetype FewKeys = 16;

    // Those that hold the object, or held it. Looked through whenever they have doubled.
    struct Keys
    {
        QMetaObject::Connection destroyed;
        QSet<QString> keys;
        qsizetype tidyAt = FewKeys;
    };

    static void objectDestroyed(CacheSource *source, const QObject *object);
    void tidy(CacheSource *source, QObject *object);

    QMutex m_mutex; // the next; nothing of the source's is called under it
    QHash<const QObject *, Keys> m_objects;
};

} // namespace SyncMapInternal
