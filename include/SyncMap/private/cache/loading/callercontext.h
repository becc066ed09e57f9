// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/chain.h>
#include <SyncMap/private/cache/loading/parking.h>
#include <SyncMap/private/cache/removal/removal.h>

#include <QtCore/qmutex.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// One who is to be told in the thread of a context, as that context's end sees him. Nothing virtual:
// he may be in his destructor, where he waits to leave.
class ContextGuest
{
private:
    friend class CallerContext;
    ChainLinks<ContextGuest> m_links;
    Parked *m_itself = nullptr;
};

// A context that callers are told in, and those whose end is its own. The look-out looks at contexts
// that have any, however many those are: nothing is done for each of them.
//
// The mutex is a leaf.
class SYNCMAP_EXPORT CallerContext : public std::enable_shared_from_this<CallerContext>
{
public:
    explicit CallerContext(QObject *context);
    ~CallerContext();
    Q_DISABLE_COPY_MOVE(CallerContext)

    Courier courier;

    // Unless \a itself is over. Without memory the context's end is noticed when the next one comes.
    void enter(ContextGuest &guest, Parked &itself) noexcept;
    // If he is there.
    void leave(ContextGuest &guest) noexcept;

    // By the look-out: those who go with the context, if it has gone. False if nobody is there; then
    // it is not looked at until somebody is. Throws std::bad_alloc, with no effect.
    bool collectForsaken(std::vector<std::shared_ptr<Parked>> &forsaken);

private:
    QMutex m_mutex;
    Chain<ContextGuest, &ContextGuest::m_links> m_guests;
    std::size_t m_count = 0;
    bool m_isLookedAt = false;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
