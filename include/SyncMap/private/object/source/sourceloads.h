// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>

#include <QtCore/qvariant.h>

#include <functional>
#include <memory>

class QObject;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How a load ended that was asked for through a source.
struct SourceLoadResult
{
    QVariant value;
    bool isLoaded = false;
    bool isAbsent = false; // there is no such thing: not a failure
    bool isCanceled = false;
    SyncCacheError error;
};

// A load that somebody waits for, in the thread that asked. Letting go of it cancels it, unless
// others wait, too; then nothing is called any more.
class SYNCMAP_EXPORT SourceLoad
{
public:
    virtual ~SourceLoad();

    std::function<void(const SourceLoadResult &)> onDone; // may let go of the load
    std::function<void(int)> onProgress; // 0 to 100

protected:
    SourceLoad() = default;
    Q_DISABLE_COPY_MOVE(SourceLoad)
};

// How a value comes that is not there. A plain map has no loader.
class SourceLoads
{
public:
    enum class LoadKind : quint8 { IfAbsent, Anew };

    virtual bool canLoad() { return false; } // any thread
    // Null if it cannot. The load's functions are called in the thread of \a owner, which calls this
    // and may be moved to another; not before load() returns, nor once the owner has gone.
    virtual std::unique_ptr<SourceLoad> load(QObject *owner, const QString &key, LoadKind kind,
                                             int priority);
    // One is under way, and what it brings will be kept: so the key was not written or removed since it
    // began. Any thread.
    virtual bool isLoadWanted(const QString &key);
    // Until the answer goes, \a derived is about to be looked for or loaded; it is made of what \a key
    // stands for, and goes with that: see DerivedKeys. Null if one of them is no key. Any thread.
    virtual std::shared_ptr<void> holdDerived(const QString &key, const QString &derived);

protected:
    SourceLoads() = default;
    Q_DISABLE_COPY_MOVE(SourceLoads)
    ~SourceLoads() = default;
};

inline std::unique_ptr<SourceLoad> SourceLoads::load(QObject *, const QString &, LoadKind, int)
{
    return nullptr;
}

inline bool SourceLoads::isLoadWanted(const QString &)
{
    return false;
}

inline std::shared_ptr<void> SourceLoads::holdDerived(const QString &, const QString &)
{
    return nullptr;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
