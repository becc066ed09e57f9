// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/contextasker.h>

#include <QtCore/qfuture.h>

#include <memory>
#include <optional>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename Key, typename T, typename Core>
class Loads;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

/*!
    \class SyncCachePendingLoad
    \inmodule SyncMap
    \reentrant
    \brief What a caller of SyncCache::getOrLoad() has who gave a function: a way to cancel, and a
           future if he wants one.

    \code
    class Delegate : public QObject
    {
        ...
        void show(const QUrl &url) // another row, while the last one is still being loaded
        {
            m_thumbnail.cancel();
            m_thumbnail = thumbnails.getOrLoad(url, this, &showThumbnail);
        }
        SyncCachePendingLoad<QImage> m_thumbnail;
    };
    \endcode

    It converts to a QFuture, which is made by then, and only by then: a future costs more than all
    else that such a call does. Copies are of the same load, and any thread may use one. Its end
    cancels nothing, as that of a future does not.
*/
template <typename T>
class SyncCachePendingLoad
{
public:
    /*! No load: finished, and canceled. */
    SyncCachePendingLoad() = default;

    /*!
        The function is not called any more, once this has returned in the thread of the context. In
        another thread it may be about to be. When all who asked for the load have canceled, so is the
        load. Has no effect once the function has been called.
    */
    void cancel()
    {
        if (m_asker)
            m_asker->cancelByCaller();
    }
    /*!
        Returns true when it was canceled: by cancel(), by its future, or by the end of the context;
        and when the load itself was.
    */
    bool isCanceled() const { return m_asker ? m_asker->wasCanceled() : !m_value; }
    /*!
        Returns true when the load has ended, or this has been canceled. The function is called
        about now.
    */
    bool isFinished() const { return !m_asker || m_asker->isOver() || m_asker->wasCanceled(); }

    /*!
        Blocks until the load has ended, as the future's does: by loading in this thread if no other
        has begun, and with what the loader has thrown, if it has. The function may not have been called
        by then.
    */
    void waitForFinished() const { future().waitForFinished(); }
    /*!
        The value, when it is there; waits for it as waitForFinished() does. Throws what the loader
        threw, else a SyncCacheException, also if this was canceled, when a QFuture has no result to
        return. (Without exceptions, as a QFuture.)
    */
    T result() const
    {
        QFuture<T> its = future();
        if (!its.isResultReadyAt(0)) {
            its.waitForFinished();
#ifndef QT_NO_EXCEPTIONS
            if (!its.isResultReadyAt(0))
                throw SyncCacheException(SyncCacheError(SyncCacheError::Canceled));
#endif
        }
        return its.result();
    }

    /*!
        The same load as a future. To cancel one is to cancel the other; but Qt takes a future that has
        failed for one that is canceled, so of a load that has failed it is cancel() that keeps the
        function from being called. Throws std::bad_alloc.
    */
    QFuture<T> future() const
    {
        if (m_asker)
            return m_asker->future();
        return m_value ? SyncMapInternal::readyFuture(T(*m_value)) : QFuture<T>();
    }
    /*! As future(). */
    operator QFuture<T>() const
    {
        return future();
    }

private:
    template <typename, typename, typename>
    friend class SyncMapInternal::Loads;
    using Asker = SyncMapInternal::ContextAsker<T>;

    explicit SyncCachePendingLoad(std::shared_ptr<Asker> asker) noexcept : m_asker(std::move(asker))
    {
    }
    explicit SyncCachePendingLoad(T &&value) : m_value(std::move(value)) { }

    std::shared_ptr<Asker> m_asker;
    std::optional<T> m_value; // was there
};

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
template <typename T>
using SyncPendingLoad = SyncCachePendingLoad<T>;
#endif
