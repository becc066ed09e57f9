// SPDX-License-Identifier: MIT
#include "sourceregistry.h"

#include <SyncMap/private/object/source/source.h>

#include <atomic>
#include <mutex>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

SourceRegistry *SourceRegistry::instance()
{
    // Not a Q_GLOBAL_STATIC: that has a fence, which ThreadSanitizer does not follow.
    static std::atomic<bool> isGone { false };
    struct Holder
    {
        SourceRegistry registry;
        // relaxed: after the end of main() there is one thread.
        ~Holder() { isGone.store(true, std::memory_order_relaxed); }
    };
    if (isGone.load(std::memory_order_relaxed))
        return nullptr;
    static Holder holder;
    return &holder.registry;
}

bool SourceRegistry::publish(const QString &name, const void *identity, MakeSource makeSource)
{
    const std::lock_guard lock(m_mutex);
    const auto known = m_published.constFind(name);
    if (known != m_published.constEnd())
        return known->identity == identity;
    m_published.insert(name, { identity, std::move(makeSource) });
    return true;
}

SourceRegistry::MakeSource SourceRegistry::find(const QString &name) const
{
    const std::lock_guard lock(m_mutex);
    return m_published.value(name).makeSource;
}

bool SourceRegistry::release(const QString &name)
{
    Published released; // its cache may end with it, outside of the lock
    const std::lock_guard lock(m_mutex);
    const auto known = m_published.find(name);
    if (known == m_published.end())
        return false;
    released = std::move(*known);
    m_published.erase(known);
    return true;
}

std::shared_ptr<CacheSource> sourceNamed(const QString &name)
{
    const SourceRegistry *registry = SourceRegistry::instance();
    const auto make = registry ? registry->find(name) : nullptr;
    return make ? make() : nullptr;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
