// SPDX-License-Identifier: MIT
#pragma once

#include "settings.h"

#include <QtCore/qmutex.h>

#include <memory>
#include <mutex>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Which cache a SyncCacheObject shows. Any thread.
//
//   waiting ── complete, or somebody writes ──▶ shown ── renewed: another name ──▶ shown
//
// While QML sets its properties, in whatever order, it waits: nothing is made, and nothing is there.
// What is shown then is what has the name; or else a new cache, as was set.
class ShownSource
{
public:
    using SourcePointer = std::shared_ptr<CacheSource>;

    ShownSource(const SyncCacheObject *object, std::shared_ptr<NewsBell> bell);
    Q_DISABLE_COPY_MOVE(ShownSource)
    ~ShownSource() = default;

    // What there is to read: a source without keys while it waits.
    SourcePointer toRead();
    // What there is to write to.
    SourcePointer toWrite();
    // True if it waited.
    bool complete();
    void wait();
    bool isWaiting() const;

    void show(SourcePointer source); // of a new object
    // Forgets the cache, and what has the name is shown from now on. False if nothing was.
    bool renew();

    QString name() const;
    // False if it is the same.
    bool setName(const QString &name);

    // Of what is shown; else of what would be made.
    CacheSource::Numbers numbers() const;
    // What is shown, to be set likewise; null if nothing is.
    template <typename Change>
    SourcePointer set(Change &&change)
    {
        const std::lock_guard lock(m_mutex);
        change(m_settings);
        return m_shown;
    }

private:
    SourcePointer makeLocked(QString *warning) const;
    SourcePointer makeIfNone();

    const SyncCacheObject *const m_object; // for warnings
    const std::shared_ptr<NewsBell> m_bell;

    mutable QMutex m_mutex;
    SourcePointer m_shown;
    QString m_name;
    Settings m_settings;
    bool m_isWaiting = false;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
