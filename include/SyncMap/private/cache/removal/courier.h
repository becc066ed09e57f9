// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <atomic>
#include <functional>
#include <memory>

QT_FORWARD_DECLARE_CLASS(QObject)
QT_FORWARD_DECLARE_CLASS(QThread)

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Runs functions in the thread of a context object, as long as that object lives: in the thread that
// it lives in when they run, whatever it was when they were posted.
//
// Events go to the context itself, so they follow it to other threads and go when it does. It may be
// in its destructor while others post: they do so under a mutex that the context's destruction takes
// to say that it has gone. A function that is under way then finishes; none begins after. What the
// context's owner disconnects from it is connected again (one case is lost: he disconnects and destroys
// it within one signal of its own, while another thread posts at that very moment).
class SYNCMAP_EXPORT Courier
{
public:
    // The context must be alive during this call; any thread. \a whenGone: see ObjectWatch::on().
    explicit Courier(QObject *context, std::function<void()> whenGone = nullptr);
    ~Courier();
    Q_DISABLE_COPY_MOVE(Courier)

    // False, and \a function is gone, if the context is. Throws std::bad_alloc. Any thread.
    bool post(std::function<void()> function);

    // Runs nothing any more. Any thread; also from within a function that it runs.
    void close();

    bool isOpen() const noexcept;

    // The calling thread is the one of \a context, which must be alive.
    static bool isIn(const QObject *context);

    // The one that the functions run in, and once the context has gone, the one that they ran in as far as
    // is known. Just to be compared.
    const QThread *thread() const;
    // False once the context has gone.
    bool isInItsThread() const;
    // That thread has ended, or has gone: nobody runs the functions. Looked at once for each \a moment,
    // whatever that counts; 0 is now. The thread may go meanwhile if watchThread() has seen it, or an
    // earlier look.
    bool hasNoThread(quint64 moment = 0) const noexcept;
    // The context's thread must be alive during this call, or have gone. Throws std::bad_alloc.
    void watchThread();

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
