// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A load whose last context has gone without an answer: it fails. What that destroys may hold the last
// contexts of others, in chains of any length, so some of those that end in a thread do so one within
// another, and the rest after that. A thread that is about to wait ends first what it has put off.
class SYNCMAP_EXPORT Unanswered
{
public:
    Unanswered();
    Q_DISABLE_COPY_MOVE(Unanswered)
    virtual ~Unanswered();

    // Under no lock.
    static void end(std::shared_ptr<Unanswered> load) noexcept;
    // Those that were put off in this thread, if there are any.
    static void endAll() noexcept;

private:
    virtual void failUnanswered() noexcept = 0;

    // In the list of one thread.
    std::shared_ptr<Unanswered> m_itself;
    Unanswered *m_next = nullptr;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
