// SPDX-License-Identifier: MIT
#include "confirmation.h"

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/object/value/value.h>

#include <QtCore/qabstracteventdispatcher.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qfuturewatcher.h>

#include <type_traits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

template <typename T>
Settlement settlementOf(QFuture<T> future)
{
    // It has finished, and throws why.
    if (const SyncCacheError error = guarded([&future] { future.waitForFinished(); }))
        return { Settlement::Rejected, {}, error.message() };
    if (future.isCanceled()) {
        return { Settlement::Rejected,
                 {},
                 QCoreApplication::translate("SyncCacheEntry", "the write was canceled") };
    }
    if constexpr (std::is_same_v<T, QVariant>) {
        if (future.resultCount() > 0)
            return { Settlement::Fulfilled, future.resultAt(0), {} };
    }
    return {};
}

template <typename T>
Confirmation confirmationByFuture(const QFuture<T> &future)
{
    return [future](const QObject *, const OnSettled &settled) {
        // It may outlive all but the thread.
        auto *const watcher = new QFutureWatcher<T>(QAbstractEventDispatcher::instance());
        QObject::connect(watcher, &QFutureWatcherBase::finished, watcher, [watcher, settled] {
            watcher->deleteLater();
            settled(settlementOf(watcher->future()));
        });
        watcher->setFuture(future);
    };
}

} // namespace

Confirmation confirmationBy(const QVariant &promise)
{
    return [promise](const QObject *where, const OnSettled &settled) {
        const auto whenSettled = qmlBorder().whenSettled;
        if (!whenSettled || !whenSettled(promise, where, settled))
            settled({});
    };
}

Confirmation confirmationBy(const QFuture<QVariant> &future)
{
    return confirmationByFuture(future);
}

Confirmation confirmationBy(const QFuture<void> &future)
{
    return confirmationByFuture(future);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
