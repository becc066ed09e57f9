// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/private/cache/advice.h>
#include <SyncMap/private/cache/loading/loaderrors.h>
#include <SyncMap/private/cache/loading/loadport.h>

#include <QtCore/qmetatype.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

QT_FORWARD_DECLARE_CLASS(QObject)

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

struct LoadContexts;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

/*!
    \class SyncCacheLoadContext
    \inmodule SyncMap
    \threadsafe
    \brief What a loader of a SyncCache knows, and may say, of its load.

    A handle that can be copied and kept; a loader takes it by value, or by reference to const. Of
    several answers the first counts. A load whose last handle goes without an answer has failed:
    also one whose reply was destroyed with its owner. When the cache has gone, the load is canceled, and
    nothing that is said has an effect.
*/
template <typename T>
class SyncCacheLoadContext
{
protected:
    using Port = SyncMapInternal::LoadPort<T>;
    using Options = SyncMapInternal::LoadedOptions;

public:
    /*!
        Returns true when nobody waits for the value any more. Worth asking between the steps of
        long work.
    */
    bool isCanceled() const { return port().isCanceled(); }

    /*! Calls \a f in the thread of \a context when the load is canceled, within 150 ms. */
    template <typename Function>
    void onCanceled(QObject *context, Function f) const
    {
        constexpr auto name = "SyncCacheLoadContext::onCanceled()";
        if (SyncMapInternal::isMissing(context, name, "a context")
            || SyncMapInternal::isMissing(!SyncMapInternal::isEmptyFunction(f), name, "a function"))
            return;
        port().whenCanceled(context, std::move(f));
    }

    /*!
        For the futures of those who wait: progress is from \a minimum to \a maximum, as QPromise's.
        Without a range, 0 to 100.
    */
    void setProgressRange(int minimum, int maximum) const
    {
        port().setProgressRange(minimum, maximum);
    }
    /*! How far the load is: \a value, within the range. */
    void setProgressValue(int value) const { port().setProgress(value); }

    // Of the entry that will be stored, or was found not modified. What is not said stays as it is.

    /*!
        The entry expires \a span after it is stored; SyncCacheForever is without end, 0 or less is
        at once.
    */
    void setTimeToLive(std::chrono::milliseconds span) const
    {
        port().change([&](Options &options) { options.entry.setTimeToLive(span); });
    }
    /*! SyncCache::timeToLive() counts again. */
    void resetTimeToLive() const
    {
        port().change([](Options &options) { options.entry.resetTimeToLive(); });
    }
    /*! The entry costs \a cost, whatever the weigher says. */
    void setCost(qsizetype cost) const
    {
        port().change([&](Options &options) { options.entry.setCost(cost); });
    }
    /*! Whether the entry is never evicted nor trimmed: \a pinned. */
    void setPinned(bool pinned) const
    {
        port().change([&](Options &options) { options.entry.setPinned(pinned); });
    }
    /*! The entry bears \a tags, and no others: see SyncCache::removeByTag(). */
    void setTags(const QStringList &tags) const
    {
        port().change([&](Options &options) { options.entry.setTags(tags); });
    }
    /*! All at once, by \a options, in place of what was said before. */
    void setOptions(const SyncCacheEntryOptions &options) const
    {
        port().change([&](Options &itsOptions) { itsOptions.entry = options; });
    }
    /*! The value is to be stored, and to be loaded anew when it is asked for again. */
    void setStale() const
    {
        port().change([](Options &options) { options.stale = true; });
    }
    /*! As setStale(). */
    void stale() const { setStale(); }

    /*!
        Stores another entry, of \a value, unless it is pinned, or its key was written, removed or
        loaded since this load began. \a key is of the cache's own key type, or converts to it as
        variants do; where it does not, nothing is stored, with a warning. SyncCache::LoadContext
        has the same with the type of the keys.
    */
    template <typename Key>
    void insert(const Key &key, const T &value) const
    {
        constexpr QMetaType type = QMetaType::fromType<Key>();
        if (!port().insertOther(type, &key, value))
            SyncMapInternal::reportForeignKey(type);
    }

    // Answers.

    /*! The value is \a value. The first answer counts, this one or another. */
    void finish(T value) const { port().answer(Port::Answer::Value, std::move(value), {}); }
    /*! The load has failed: SyncCacheError::LoadFailed, with \a message as its text. */
    void fail(const QString &message) const
    {
        fail(SyncCacheError(SyncCacheError::LoadFailed, message));
    }
    /*! The load has failed with \a error, of any code; LoadFailed if it is none. */
    void fail(const SyncCacheError &error) const
    {
        port().answer(Port::Answer::Failure, {},
                      error ? error : SyncCacheError(SyncCacheError::LoadFailed));
    }
    /*! There is no such thing: SyncCacheError::KeyNotFound; an entry that is there is removed. */
    void finishAbsent() const
    {
        port().answer(Port::Answer::Absent, {}, SyncCacheError(SyncCacheError::KeyNotFound));
    }
    /*! As finishAbsent(). */
    void absent() const { finishAbsent(); }
    /*! The value that is there is still right: its times begin anew. */
    void finishNotModified() const { port().answer(Port::Answer::NotModified, {}, {}); }
    /*! As finishNotModified(). */
    void notModified() const { finishNotModified(); }

private:
    friend struct SyncMapInternal::LoadContexts;

    // Its end is that of the last handle.
    struct Handle
    {
        std::shared_ptr<Port> port;

        explicit Handle(std::shared_ptr<Port> itsPort) : port(std::move(itsPort)) { }
        Q_DISABLE_COPY_MOVE(Handle)
        ~Handle()
        {
            if (!port->isAnswered())
                SyncMapInternal::Unanswered::end(std::move(port));
        }
    };

protected:
    // Tells of itself where it goes, see HeldHandles.
    struct Tracked
    {
        std::shared_ptr<Handle> handle;

        explicit Tracked(std::shared_ptr<Handle> itsHandle) noexcept : handle(std::move(itsHandle))
        {
        }
        Tracked(const Tracked &other) : handle(other.handle) { note(); }
        Tracked(Tracked &&other) noexcept : handle(std::move(other.handle)) { note(); }
        Tracked &operator=(const Tracked &) = default;
        Tracked &operator=(Tracked &&) noexcept = default;
        ~Tracked() = default;

        void note() const noexcept
        {
            if (Q_UNLIKELY(SyncMapInternal::HeldHandles::isCollecting()) && handle)
                SyncMapInternal::HeldHandles::note(handle->port->load());
        }
    };

    explicit SyncCacheLoadContext(std::shared_ptr<Port> port)
        : m_tracked(std::make_shared<Handle>(std::move(port)))
    {
        m_tracked.handle->port->load()->setHandle(m_tracked.handle);
    }
    Port &port() const { return *m_tracked.handle->port; }

private:
    Tracked m_tracked;
};

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// SyncCache::LoadContext.
template <typename Key, typename T>
class LoadContext : public SyncCacheLoadContext<T>
{
public:
    /*! Stores another entry, unless its key was written, removed or loaded since this load began. */
    void insert(const Key &key, const T &value) const
    {
        this->port().insertOther(QMetaType(), &key, value);
    }

private:
    friend struct LoadContexts;
    using SyncCacheLoadContext<T>::SyncCacheLoadContext;
};

struct LoadContexts
{
    template <typename Key, typename T>
    static LoadContext<Key, T> make(std::shared_ptr<LoadPort<T>> port)
    {
        return LoadContext<Key, T>(std::move(port));
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
template <typename T>
using SyncLoadContext = SyncCacheLoadContext<T>;
#endif
