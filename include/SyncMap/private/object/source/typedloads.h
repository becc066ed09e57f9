// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/derivedkeys.h>
#include <SyncMap/private/object/source/futureload.h>
#include <SyncMap/private/object/source/typedupkeep.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The loads of a cache, as SourceLoads.
template <typename Cache>
class TypedLoads : public TypedUpkeep<Cache>
{
    using Base = TypedUpkeep<Cache>;

protected:
    using Base::keyOf;
    using Base::tenure;
    using Base::with;
    using typename Base::Key;
    using typename Base::T;
    using typename Base::Use;

public:
    using typename Base::LoadKind;

    bool canLoad() override
    {
        return with(false, [](Cache &cache) { return cache.hasLoader(); });
    }
    std::unique_ptr<SourceLoad> load(QObject *owner, const QString &key, LoadKind kind,
                                     int priority) override
    {
        const std::optional<Key> itsKey = keyOf(key);
        const Use cache(*tenure());
        if (!itsKey || !cache || !cache->hasLoader())
            return nullptr;
        const auto options = SyncCacheLoadOptions().setPriority(priority);
        QFuture<T> future = kind == LoadKind::Anew ? cache->refresh(*itsKey, options)
                                                   : cache->getOrLoad(*itsKey, options);
        const auto whyNot = [weakly = std::weak_ptr(tenure()), key = *itsKey] {
            const auto itsTenure = weakly.lock();
            if (!itsTenure)
                return SyncCacheError();
            const Use itsCache(*itsTenure);
            return itsCache ? itsCache->lastError(key) : SyncCacheError();
        };
        return std::make_unique<FutureLoad<T>>(owner, std::move(future), &ValueCodec<T>::toVariant,
                                               whyNot);
    }
    bool isLoadWanted(const QString &key) override
    {
        const std::optional<Key> itsKey = keyOf(key);
        const Use cache(*tenure());
        return itsKey && cache && Internals::coreOf(*cache)->isLoadWanted(*itsKey);
    }
    std::shared_ptr<void> holdDerived(const QString &key, const QString &derived) override
    {
        std::optional<Key> itsKey = SyncCacheKeyText<Key>::fromText(key);
        std::optional<Key> itsDerived = SyncCacheKeyText<Key>::fromText(derived);
        const Use cache(*tenure());
        if (!itsKey || !itsDerived || !cache)
            return nullptr;
        return DerivedKeys<Cache>::of(*cache)->hold(std::move(*itsKey), std::move(*itsDerived));
    }

protected:
    using Base::Base;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
