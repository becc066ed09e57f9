// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/loading/unanswered.h>

#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// Nothing that has a destructor: contexts go in those of other thread_local objects, too.
struct PutOff
{
    Unanswered *first;
    Unanswered *last;
    int depth; // so many end further out in this thread
};
thread_local PutOff ofThisThread;

} // namespace

Unanswered::Unanswered() = default;
Unanswered::~Unanswered() = default;

void Unanswered::end(std::shared_ptr<Unanswered> load) noexcept
{
    PutOff &own = ofThisThread;
    Unanswered *const item = load.get();
    item->m_itself = std::move(load);
    (own.first ? own.last->m_next : own.first) = item;
    own.last = item;
    // What is told of an end may run for long, and wait: only the ends of chains are put off.
    constexpr int deep = 32;
    if (own.depth >= deep)
        return;
    ++own.depth;
    endAll();
    --own.depth;
}

void Unanswered::endAll() noexcept
{
    PutOff &own = ofThisThread;
    while (Unanswered *const item = own.first) {
        const std::shared_ptr<Unanswered> load = std::move(item->m_itself);
        own.first = item->m_next;
        load->failUnanswered();
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
