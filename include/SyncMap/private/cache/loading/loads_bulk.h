// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/syncmapkeylike.h>
#include <SyncMap/private/cache/loading/loads.h>

#include <QtCore/qset.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Many keys at once.

// For keys that cannot be loaded with the others, as they wait for a load that was overtaken; and
// what the others are known by.
template <typename Key, typename T, typename Core>
std::shared_ptr<const Loader<Key, T>>
Loads<Key, T, Core>::oneByOne(const std::shared_ptr<const BulkLoader> &bulkLoader) const
{
    auto one = std::make_shared<Loader>();
    one->identity = bulkLoader->identity;
    one->mayInsert = true;
    one->direct = [bulkLoader](const Key &key, typename Loader::Context &context) {
        const QHash<Key, T> values = bulkLoader->load(QList<Key> { key });
        for (auto it = values.cbegin(); it != values.cend(); ++it) {
            if (!isSameKey(it.key(), key))
                (void)guarded([&] { context.insert(it.key(), it.value()); });
        }
        const auto found = values.find(key);
        if (found != values.end())
            return std::optional<T>(*found);
        context.finishAbsent();
        return std::optional<T>();
    };
    return one;
}

template <typename Key, typename T, typename Core>
QFuture<QHash<Key, T>> Loads<Key, T, Core>::getAll(const QList<Key> &keys)
{
    const auto gather = std::make_shared<Gather<Key, T>>(m_tenure->identity());
    const auto bulk = bulkLoader();
    const LoaderPointer itsLoader = bulk ? oneByOne(bulk) : loader();
    const SyncCacheLoadOptions options;
    std::shared_ptr<Batch> batch;
    if (bulk) {
        batch = std::make_shared<Batch>(m_tenure, bulk);
        batch->where = whereFor(*itsLoader, options);
    }
    for (const Key &key : keys) {
        AskerPointer asker;
        const SyncCacheError failed = guarded([&] {
            const quint64 hash = m_core.hashOf(key);
            Lookup<T> found = m_core.lookUp(key, hash);
            if (found.value) {
                // What is stale is loaded anew, and not waited for.
                if (found.isStale && itsLoader && !isPaused(key, hash, itsLoader))
                    ask({ key, hash, itsLoader, options, true, batch }, nullptr);
                return gather->add(key, { std::move(found.value), {} });
            }
            asker = gather->askerFor(key);
            const Answered answered = ask({ key, hash, itsLoader, options, false, batch }, asker);
            if (answered.result) {
                asker->deliver(*answered.result);
                std::exchange(asker, nullptr)->finish();
            }
        });
        // The others are asked for all the same.
        if (failed)
            gather->failOne(key, asker, failed);
    }
    if (batch)
        startBatch(batch);
    gather->begin();
    return gather->future();
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::startBatch(const std::shared_ptr<Batch> &batch)
{
    bool isStarted = true;
    SyncCacheError failed;
    const bool isEmpty = batch->isEmpty(); // before others may take it
    batch->endWaiting();
    if (!isEmpty)
        failed = guarded([&] { isStarted = batch->start(); });
    if ((failed || !isStarted) && batch->tryDrop())
        batch->fail(failed ? failed : SyncCacheError(SyncCacheError::CacheDestroyed));
    batch->leftByOne();
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::runBatch(const std::shared_ptr<Batch> &batch,
                                   typename Batch::Members claimed) noexcept
{
    {
        const Use core(*batch->tenure);
        if (!core) { // everybody has been told
            batch->setEnded();
            return batch->discard();
        }
        const auto kept = core->weak_from_this().lock(); // whoever is told may destroy it
        const auto isDropped = [&](const LoadPointer &member) {
            return !member->tryClaim() || !core->loads.begin(member);
        };
        claimed.erase(std::remove_if(claimed.begin(), claimed.end(), isDropped), claimed.end());
    }
    QList<Key> keys;
    QHash<Key, T> values;
    const auto start = Clock::now();
    const SyncCacheError error = guarded([&] {
        keys.reserve(qsizetype(claimed.size()));
        for (const LoadPointer &member : claimed)
            keys.append(member->key());
        const LoaderFrame frame(batch->tenure->identity());
        if (!keys.isEmpty())
            values = batch->loader().load(keys);
    });
    const std::chrono::nanoseconds time = Clock::now() - start;
    // What it brought beside is welcome: first, as long as all are under way.
    if (const Use core { *batch->tenure }; core && !claimed.empty()) {
        (void)guarded([&] {
            const QSet<Key> askedFor(keys.cbegin(), keys.cend());
            for (auto it = values.cbegin(); it != values.cend(); ++it) {
                if (!askedFor.contains(it.key()))
                    (void)guarded([&] {
                        core->loads.insertOther(claimed.front(), it.key(), it.value());
                    });
            }
        });
    }
    for (const auto &member : claimed) {
        std::optional<T> value;
        SyncCacheError failed = error;
        if (!failed) {
            failed = guarded([&] {
                const auto found = values.constFind(member->key());
                if (found != values.cend())
                    value.emplace(*found);
            });
        }
        const Answer answer = failed ? Answer::Failure : value ? Answer::Value : Answer::Absent;
        if (answer == Answer::Absent)
            failed = SyncCacheError(SyncCacheError::KeyNotFound);
        conclude(member, answer, value, failed, {}, time, qint64(claimed.size()));
    }
    batch->setEnded();
    batch->discard();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
