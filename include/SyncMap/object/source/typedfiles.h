// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/source/typedloads.h>

#include <QtCore/qdatastream.h>
#include <QtCore/qfuturewatcher.h>

namespace SyncMapInternal {

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
            file(context, done, [&](Cache &cache) { return cache.save(fileName); });
        else
            Base::save(context, fileName, done);
    }
    void restore(QObject *context, const QString &fileName, const FileResult &done) override
    {
        if constexpr (IsStreamed)
            file(context, done, [&](Cache &cache) { return cache.restore(fileName); });
        else
            Base::restore(context, fileName, done);
    }

protected:
    using Base::Base;

private:
    template <typename Start>
    void file(QObject *context, const FileResult &done, Start &&start)
    {
        const Use cache(*tenure());
        if (!cache)
            return done(SyncCacheError(SyncCacheError::CacheDestroyed, mapHasGone()));
        auto *watcher = new QFutureWatcher<bool>(context);
        const std::weak_ptr<Tenure<Cache>> weakly = tenure();
        QObject::connect(watcher, &QFutureWatcherBase::finished, context, [watcher, weakly, done] {
            watcher->deleteLater();
            const auto future = watcher->future();
            if (future.resultCount() > 0 && future.resultAt(0))
                return done({});
            SyncCacheError error;
            if (const auto itsTenure = weakly.lock()) {
                if (const Use itsCache { *itsTenure })
                    error = itsCache->lastFileError();
            }
            done(error ? error : SyncCacheError(SyncCacheError::Canceled, wasNotFinished()));
        });
        watcher->setFuture(start(*cache));
    }
};

} // namespace SyncMapInternal
