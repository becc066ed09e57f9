// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/object/source/sourceloads.h>

#include <QtCore/qfuturewatcher.h>
#include <QtCore/qpointer.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Waits for a future of SyncCache::getOrLoad() in the thread that made it.
template <typename T>
class FutureLoad : public SourceLoad
{
public:
    using ToVariant = QVariant (*)(const T &);
    using WhyNot = std::function<SyncCacheError()>; // where there are no exceptions to tell

    FutureLoad(QObject *owner, QFuture<T> future, ToVariant toVariant, WhyNot whyNot)
        : m_watcher(new QFutureWatcher<T>(owner)),
          m_toVariant(toVariant),
          m_whyNot(std::move(whyNot))
    {
        QFutureWatcher<T> *watcher = m_watcher;
        QObject::connect(watcher, &QFutureWatcherBase::finished, watcher, [this] { finish(); });
        QObject::connect(watcher, &QFutureWatcherBase::progressValueChanged, watcher,
                         [this](int percent) {
                             if (onProgress)
                                 onProgress(percent);
                         });
        watcher->setFuture(std::move(future));
    }
    ~FutureLoad() override
    {
        if (!m_watcher)
            return;
        m_watcher->disconnect();
        m_watcher->cancel(); // no effect on a future that is finished
        m_watcher->deleteLater(); // it may be the one that is calling
    }

private:
    static SyncCacheError errorOf([[maybe_unused]] QFuture<T> future,
                                  [[maybe_unused]] const WhyNot &whyNot)
    {
#ifndef QT_NO_EXCEPTIONS
        // It has finished, and throws why.
        const SyncCacheError error = guarded([&future] { future.waitForFinished(); });
        return error ? error : SyncCacheError(SyncCacheError::Canceled);
#else
        return whyNot();
#endif
    }

    void finish()
    {
        SourceLoadResult result;
        QFuture<T> future = m_watcher->future();
        if (future.resultCount() > 0) {
            result.isLoaded = true;
            result.value = m_toVariant(future.resultAt(0));
        } else {
            const SyncCacheError error = errorOf(future, m_whyNot);
            result.isAbsent = error.code() == SyncCacheError::KeyNotFound;
            result.isCanceled = error.code() == SyncCacheError::Canceled;
            result.error = error;
        }
        const auto done = onDone; // the call may destroy this
        if (done)
            done(result);
    }

    const QPointer<QFutureWatcher<T>> m_watcher;
    const ToVariant m_toVariant;
    const WhyNot m_whyNot;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
