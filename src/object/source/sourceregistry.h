// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/source.h>

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Maps and caches by name, for all threads and QML engines of the process.
class SourceRegistry
{
public:
    using MakeSource = std::function<std::shared_ptr<CacheSource>()>;

    static SourceRegistry *instance(); // null after the end of main()

    // False if the name stands for another map already.
    bool publish(const QString &name, const void *identity, MakeSource makeSource);
    MakeSource find(const QString &name) const; // empty if there is none
    bool release(const QString &name);

private:
    struct Published
    {
        const void *identity = nullptr;
        MakeSource makeSource;
    };

    mutable QMutex m_mutex;
    QHash<QString, Published> m_published;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
