// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <chrono>
#include <functional>
#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A coarse timer that any thread may start, and that fires in the application's thread, once. It
// needs no application: without one it waits for the next, and so it does when the one that it waits in
// ends; which may be at any time, beside a start in another thread.
//
// The application object is not touched: an object of ours lives in its thread, from a routine that
// Qt calls when an application begins to one that it calls when it ends, and is posted to under a
// mutex that the latter takes.
class SYNCMAP_EXPORT ApplicationTimer
{
public:
    // \a fired must not throw. Whatever it needs is its own business to keep alive.
    explicit ApplicationTimer(std::function<void()> fired);
    ~ApplicationTimer();
    Q_DISABLE_COPY_MOVE(ApplicationTimer)

    // False if there is no application: then it fires when one has begun. In place of a start before.
    // Throws std::bad_alloc.
    bool start(std::chrono::milliseconds wait);

    // It was started, has not fired, and the application is there.
    bool isActive() const noexcept;

    struct State;

private:
    const std::shared_ptr<State> m_state;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
