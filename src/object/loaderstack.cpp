// SPDX-License-Identifier: MIT
#include "synccacheobject_p.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qhash.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <mutex>

using namespace SyncMapInternal;

namespace {

struct AllStacks
{
    QMutex mutex;
    QHash<const void *, std::weak_ptr<LoaderStack>> byCache;
};

// Never destroyed: destructors of other static objects may end objects.
AllStacks &allStacks()
{
    static auto *const all = new AllStacks;
    return *all;
}

} // namespace

ObjectLoader::~ObjectLoader() = default;

std::shared_ptr<LoaderStack> LoaderStack::of(const std::shared_ptr<Cache> &cache)
{
    AllStacks &all = allStacks();
    const std::lock_guard lock(all.mutex);
    auto &known = all.byCache[cache.get()];
    auto stack = known.lock();
    if (!stack) {
        stack = std::make_shared<LoaderStack>(cache);
        known = stack;
    }
    return stack;
}

LoaderStack::~LoaderStack()
{
    AllStacks &all = allStacks();
    const std::lock_guard lock(all.mutex);
    const auto known = all.byCache.constFind(m_cache.get());
    if (known != all.byCache.cend() && known->expired()) // else there is another one already
        all.byCache.erase(known);
}

void LoaderStack::add(SyncCacheObject *viewer)
{
    const std::lock_guard lock(m_mutex);
    m_viewers.insert(viewer);
}

void LoaderStack::remove(SyncCacheObject *viewer)
{
    {
        const std::lock_guard lock(m_mutex);
        m_viewers.remove(viewer);
    }
    reset(viewer);
}

void LoaderStack::set(SyncCacheObject *object, std::shared_ptr<ObjectLoader> loader)
{
    const std::lock_guard lock(m_mutex);
    const auto known = std::find_if(m_members.begin(), m_members.end(),
                                    [object](const Member &one) { return one.object == object; });
    if (known != m_members.end())
        known->loader.swap(loader); // the old one outlives the lock
    else
        m_members.push_back({ object, std::move(loader) });
    serveByTop();
    tellViewers(object);
}

void LoaderStack::reset(SyncCacheObject *object)
{
    std::shared_ptr<ObjectLoader> loader;
    {
        const std::lock_guard lock(m_mutex);
        const auto known =
                std::find_if(m_members.begin(), m_members.end(),
                             [object](const Member &one) { return one.object == object; });
        if (known == m_members.end())
            return;
        loader = std::move(known->loader);
        m_members.erase(known);
        serveByTop();
    }
    for (const auto &[key, load] : loader->takeUnanswered())
        passOn(key, load);
}

// Under the mutex. What the cache has posted to a context that is left goes its way through answer(),
// before that ends.
void LoaderStack::serveByTop()
{
    auto &loads = Internals::coreOf(*m_cache)->loads;
    if (m_members.empty()) {
        loads.resetForegroundLoader();
        if (m_context)
            std::exchange(m_context, nullptr)->deleteLater();
        return;
    }
    QThread *const thread = m_members.back().object->thread();
    if (m_context && m_context->thread() == thread)
        return;
    if (m_context)
        m_context->deleteLater();
    m_context = new QObject;
    m_context->moveToThread(thread);
    loads.setForegroundLoader(m_context,
                              [stack = shared_from_this()](const QString &key, const Load &load) {
                                  stack->answer(key, load);
                              });
}

// Under the mutex, so that none of them ends meanwhile.
void LoaderStack::tellViewers(const SyncCacheObject *other)
{
    for (SyncCacheObject *viewer : std::as_const(m_viewers)) {
        if (viewer == other)
            continue;
        QMetaObject::invokeMethod(
                viewer, [viewer] { SyncCacheObjectPrivate::of(viewer)->tellOfLoader(); },
                Qt::QueuedConnection);
    }
}

void LoaderStack::answer(const QString &key, const Load &load)
{
    std::shared_ptr<ObjectLoader> loader;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_members.empty() && m_members.back().object->thread() == QThread::currentThread())
            loader = m_members.back().loader;
    }
    if (!loader)
        return passOn(key, load); // another one has come, or none is left
    loader->load(key, load, [weak = std::weak_ptr(m_cache), key](const QVariant &plain) {
        if (const auto cache = weak.lock())
            WatchedObjects<Cache>::keep(*cache, key, plain);
    });
}

void LoaderStack::passOn(const QString &key, const Load &load)
{
    if (load.isCanceled())
        return load.fail(SyncCacheError(SyncCacheError::Canceled));
    {
        const std::lock_guard lock(m_mutex);
        if (m_context) {
            QMetaObject::invokeMethod(
                    m_context,
                    [stack = shared_from_this(), key, load] { stack->answer(key, load); },
                    Qt::QueuedConnection);
            return;
        }
    }
    if (!Internals::coreOf(*m_cache)->loads.answerByLoader(key, load))
        load.fail(QCoreApplication::translate("SyncCacheObject", "The loader has gone."));
}
