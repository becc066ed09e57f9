// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/waits.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qfutureinterface.h>

#include <atomic>
#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

class Berth;

// A future that is not finished, as the library sees it: what becomes of it when somebody waits for
// it, and when it is cancelled.
class SYNCMAP_EXPORT Parked : public Wait, public std::enable_shared_from_this<Parked>
{
public:
    Parked();
    ~Parked() override;

    // Puts \a promise where Qt finds it, see ParkingLot, and where its cancellation is noticed.
    // Before the future is handed out. Throws std::bad_alloc: then it is not parked.
    void park(QFutureInterfaceBase &promise);
    // It is about to be finished. Any thread, also beside park().
    void leave() noexcept;

    // In a thread that is about to block for the future: brings its end about, in this thread, or
    // takes care that another one does.
    virtual void serve() = 0;
    // It was cancelled: finishes it. In a thread of the library.
    virtual void cancel() = 0;
    // Whoever asked has gone, which is as good as a cancellation. Whether that may happen at all is
    // asked once.
    virtual bool mayBeForsaken() const noexcept { return false; }
    virtual bool isForsaken() const noexcept { return false; }

private:
    std::atomic<Berth *> m_berth { nullptr };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
