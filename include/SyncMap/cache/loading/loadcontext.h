// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>
#include <SyncMap/cache/loading/loadedoptions.h>

#include <QtCore/qmetatype.h>

#include <functional>
#include <memory>

QT_FORWARD_DECLARE_CLASS(QObject)

namespace SyncMapInternal {

struct LoadContexts;

// What a loader can do to its load, whatever the type of the keys.
template <typename T>
class LoadPort
{
public:
    LoadPort() = default;
    Q_DISABLE_COPY_MOVE(LoadPort)
    virtual ~LoadPort() = default;

    enum class Answer : quint8 { Value, NotModified, Absent, Failure };

    virtual bool isCanceled() = 0;
    virtual void whenCanceled(QObject *context, std::function<void()> f) = 0;
    virtual void setProgress(int percent) = 0;
    virtual void change(const std::function<void(LoadedOptions &)> &f) = 0;
    virtual void answer(Answer answer, std::optional<T> value, const QString &message) = 0;
    virtual bool isAnswered() const = 0;
    virtual void insertOther(QMetaType type, const void *key, const T &value) = 0;
};

} // namespace SyncMapInternal

/*!
    \class SyncLoadContext
    \inmodule SyncMap
    \threadsafe
    \brief What a loader of a SyncCache knows, and may say, of its load.

    A handle that can be copied and kept. Of several answers the first counts. A load whose last
    handle goes without an answer has failed: also one whose reply was destroyed with its owner.
*/
template <typename T>
class SyncLoadContext
{
    using Port = SyncMapInternal::LoadPort<T>;
    using Options = SyncMapInternal::LoadedOptions;

public:
    /*! Nobody waits for the value any more. Worth asking between the steps of long work. */
    bool isCanceled() const { return port().isCanceled(); }

    /*! Calls \a f in the thread of \a context when the load is cancelled. */
    template <typename Function>
    void onCanceled(QObject *context, Function f) const
    {
        port().whenCanceled(context, std::move(f));
    }

    /*! 0 to 100, for the futures of those who wait. */
    void setProgressValue(int percent) const { port().setProgress(percent); }

    // Of the entry that will be stored.
    void setTimeToLive(std::chrono::milliseconds span) const
    {
        port().change([&](Options &options) { options.timeToLive = span; });
    }
    void setCost(qsizetype cost) const
    {
        port().change([&](Options &options) { options.cost = cost; });
    }
    void setTags(const QStringList &tags) const
    {
        port().change([&](Options &options) { options.tags = tags; });
    }
    /*! The value is to be stored, and to be loaded anew when it is asked for again. */
    void stale() const
    {
        port().change([](Options &options) { options.stale = true; });
    }

    /*! Stores another entry, as SyncCache::insert() does. \a key is of the cache's own key type. */
    template <typename Key>
    void insert(const Key &key, const T &value) const
    {
        port().insertOther(QMetaType::fromType<Key>(), &key, value);
    }

    // Answers.

    void finish(T value) const { port().answer(Port::Answer::Value, std::move(value), {}); }
    void fail(const QString &message) const { port().answer(Port::Answer::Failure, {}, message); }
    /*! There is no such thing: SyncCacheError::KeyNotFound; an entry that is there is removed. */
    void absent() const { port().answer(Port::Answer::Absent, {}, {}); }
    /*! The value that is there is still right: its times begin anew. */
    void notModified() const { port().answer(Port::Answer::NotModified, {}, {}); }

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
                port->answer(Port::Answer::Failure, {},
                             QStringLiteral("the loader ended without an answer"));
        }
    };

    explicit SyncLoadContext(std::shared_ptr<Port> port)
        : m_handle(std::make_shared<Handle>(std::move(port)))
    {
    }
    Port &port() const { return *m_handle->port; }

    std::shared_ptr<Handle> m_handle;
};

namespace SyncMapInternal {

struct LoadContexts
{
    template <typename T>
    static SyncLoadContext<T> make(std::shared_ptr<LoadPort<T>> port)
    {
        return SyncLoadContext<T>(std::move(port));
    }
};

} // namespace SyncMapInternal
