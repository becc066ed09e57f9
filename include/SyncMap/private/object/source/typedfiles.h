// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/typedloads.h>

#include <QtCore/qdatastream.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename T>
inline constexpr bool isStreamed = QTypeTraits::has_ostream_operator_v<QDataStream, T> // and back
        &&QTypeTraits::has_istream_operator_v<QDataStream, T>;

// The files of a cache whose keys and values can be streamed, as SourceFiles.
template <typename Cache>
class TypedFiles : public TypedLoads<Cache>
{
    using Base = TypedLoads<Cache>;
    static constexpr bool IsStreamed =
            isStreamed<typename Base::Key> && isStreamed<typename Base::T>;

protected:
    using Base::tenure;
    using typename Base::Use;

public:
    using typename Base::FileResult;

    void save(QObject *context, const QString &fileName, const FileResult &done) override
    {
        if constexpr (IsStreamed)
            withCache(done, [&](Cache &cache) { (void)cache.save(fileName, context, done); });
        else
            Base::save(context, fileName, done);
    }
    void restore(QObject *context, const QString &fileName, const FileResult &done) override
    {
        if constexpr (IsStreamed)
            withCache(done, [&](Cache &cache) { (void)cache.restore(fileName, context, done); });
        else
            Base::restore(context, fileName, done);
    }

protected:
    using Base::Base;

private:
    template <typename Start>
    void withCache(const FileResult &done, Start &&start)
    {
        if (const Use cache { *tenure() })
            start(*cache);
        else
            done(SyncCacheError(SyncCacheError::CacheDestroyed, mapHasGone()));
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
