// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <atomic>
#include <memory>
#include <vector>

QT_FORWARD_DECLARE_CLASS(QThread)

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

class LoadBase;

// One who asked, as far as threads may be blocked for him: in load(), or in result() and
// waitForFinished() of a future.
class SYNCMAP_EXPORT Wait
{
public:
    Wait();
    virtual ~Wait();
    Q_DISABLE_COPY_MOVE(Wait)

    using Loads = std::vector<std::shared_ptr<LoadBase>>;
    // What he waits for: all of them. Any thread.
    virtual Loads loads() const = 0;

    // Before who waits is woken. From then on it says nothing of the thread any more.
    // [over] release: who sees it sees what the wait was for.
    void setOver() noexcept { m_isOver.store(true, std::memory_order_release); }
    // [over] acquire: pairs with setOver().
    bool isOver() const noexcept { return m_isOver.load(std::memory_order_acquire); }

private:
    std::atomic<bool> m_isOver { false };
};

// A thread, as far as it runs loaders and waits for loads.
//
//     WaitingThread ──waits for──▶ Wait ──▶ loads ──run in──▶ WaitingThread
//
// Only waits are edges: who asks and goes on waits for nothing.
class WaitingThread;

// The calling thread is about to block in \a wait: whatever could be done about that in this thread
// has been done. False if it would wait for itself, and then it is to be told so, and not to block.
//
// Each edge is written before the walk that looks for a circle begins, and both go by the mutex of
// the thread's node; so of several threads that close a circle between them, the last to write its
// edge sees all of it. Others may see it, too: so whoever sees one looks again, one at a time, and
// takes its edge back before the next one looks. A circle costs one of its waits.
//
// Linear in the threads and loads that are waited for. Throws std::bad_alloc, with no effect.
SYNCMAP_EXPORT bool mayWait(const std::shared_ptr<Wait> &wait);

// \a load is answered by somebody who waits for other loads himself. True if all of them wait for it,
// by whatever way: nobody is ever going to answer it.
SYNCMAP_EXPORT bool waitsForItself(LoadBase &load) noexcept;

// Whoever ends threads when static objects are destroyed calls this before he makes his own: what ends
// with a thread is Qt's affair, and has to be there until then.
void prepareWaits();

// The node of the calling thread. Null if there is no memory for one: then no circle through this
// thread is seen.
std::shared_ptr<WaitingThread> thisThread() noexcept;

// The contexts of loads that a callback holds, so that it is what answers them: seen as they are moved
// into it, between the constructor and stop(). A load all of whose contexts are held by callbacks
// waits for what those wait for.
class SYNCMAP_EXPORT HeldHandles
{
public:
    HeldHandles();
    ~HeldHandles();
    Q_DISABLE_COPY_MOVE(HeldHandles)
    void stop() noexcept;

    // By a context that is copied or moved. Without memory it is not seen.
    static bool isCollecting() noexcept;
    static void note(const std::shared_ptr<LoadBase> &load) noexcept;

    // Known after stop().
    bool isEmpty() const noexcept { return m_loads.empty(); }

    // The callback has gone, and so may others have: refuses the loads that nobody is ever going to
    // answer.
    void letGo() noexcept;

    // The callback is called when \a load has ended.
    void waitFor(const std::shared_ptr<LoadBase> &load);

private:
    void release() noexcept;

    HeldHandles *m_outer;
    std::vector<std::shared_ptr<LoadBase>> m_loads;
};

// A loader runs in this thread, perhaps within another one.
class SYNCMAP_EXPORT LoaderFrame
{
public:
    // \a owner: the cache, to be compared.
    explicit LoaderFrame(const void *owner) noexcept;
    ~LoaderFrame();
    Q_DISABLE_COPY_MOVE(LoaderFrame)

    static int depth() noexcept;
    static bool isWithin(const void *owner) noexcept;

    // So many loaders may run one within another, each because the one before waits for it.
    static constexpr int MaximalDepth = 200;

private:
    const void *const m_owner;
    LoaderFrame *const m_outer;
    const int m_depth;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
