// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccacheobject.h>
#include <SyncMap/private/object/objectloader.h>

#include <QtCore/qmutex.h>
#include <QtCore/qset.h>

#include <memory>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Who loads for a cache that several objects may show: of those that have a loader, the youngest, in
// its thread. When that goes, the next one does, and what the other had not answered begins again
// there; after the last one, the loader that C++ has set, if there is one. Any thread.
class LoaderStack : public std::enable_shared_from_this<LoaderStack>
{
public:
    using Cache = SyncCacheObject::Cache;
    using Load = ObjectLoader::Load;

    // There is one for a cache, as long as somebody holds it.
    static std::shared_ptr<LoaderStack> of(const std::shared_ptr<Cache> &cache);

    explicit LoaderStack(std::shared_ptr<Cache> cache) : m_cache(std::move(cache)) { }
    Q_DISABLE_COPY_MOVE(LoaderStack)
    ~LoaderStack();

    // Shows the cache, and is told when there is another loader. In the object's thread, as the next.
    void add(SyncCacheObject *viewer);
    void remove(SyncCacheObject *viewer);

    // On top; or in place of the one that \a object had.
    void set(SyncCacheObject *object, std::shared_ptr<ObjectLoader> loader);
    void reset(SyncCacheObject *object);

private:
    struct Member
    {
        SyncCacheObject *object;
        std::shared_ptr<ObjectLoader> loader;
    };

    void answer(const QString &key, const Load &load);
    void passOn(const QString &key, const Load &load);
    void serveByTop();
    void tellViewers(const SyncCacheObject *other);

    const std::shared_ptr<Cache> m_cache;
    QMutex m_mutex;
    std::vector<Member> m_members;
    QSet<SyncCacheObject *> m_viewers;
    QObject *m_context = nullptr; // in whose thread the cache asks
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
