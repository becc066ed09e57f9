// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/syncmapglobal.h>

#include <QtCore/qmutex.h>

#include <chrono>
#include <functional>
#include <memory>

QT_FORWARD_DECLARE_CLASS(QObject)

namespace SyncMapInternal {

// Runs functions in the thread of a context object, as long as that object lives.
//
// Other threads may not touch the context itself: it may be in its destructor. So they post to an
// object of ours that lives in the same thread, under a mutex that the context's destruction takes
// to say that it has gone. A function that is under way then finishes; none begins after.
class SYNCMAP_EXPORT Courier
{
public:
    // The context must be alive during this call; any thread.
    explicit Courier(QObject *context);
    ~Courier();
    Q_DISABLE_COPY_MOVE(Courier)

    // False, and \a function is gone, if the context is. Throws std::bad_alloc. Any thread.
    bool post(std::function<void()> function);

    // Runs \a function once, about that much later, by the receiving thread's event loop; takes the
    // place of one that was still to come. For one function that is posted again and again.
    bool postAfter(std::chrono::milliseconds delay, std::function<void()> function);

    // Runs nothing any more. Any thread; also from within a function that it runs.
    void close();

    bool isOpen() const;

    // The calling thread is the one of \a context, which must be alive.
    static bool isIn(const QObject *context);

    // The calling thread is the one that the functions run in.
    bool isInItsThread() const;

private:
    class Receiver;
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace SyncMapInternal
