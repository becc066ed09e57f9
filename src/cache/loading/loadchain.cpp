// SPDX-License-Identifier: MIT
#include <SyncMap/cache/loading/loadchain.h>

#include <QtCore/qmutex.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace SyncMapInternal {

namespace {

thread_local LoadChain *innermost = nullptr;

// Taken by loaders that ask for other keys, and by the end of each load. A load is destroyed under
// it, so that nobody follows an edge to where it was.
QMutex &chainMutex()
{
    static QMutex mutex;
    return mutex;
}

// All loads that are waited for, with those that wait.
std::vector<LoadBase *> &waiting()
{
    static std::vector<LoadBase *> loads;
    return loads;
}

void stopWaiting(LoadBase *load)
{
    load->waitsFor.clear();
    auto &loads = waiting();
    loads.erase(std::remove(loads.begin(), loads.end(), load), loads.end());
}

bool reaches(const LoadBase *from, const LoadBase *to)
{
    if (from == to)
        return true;
    return std::any_of(from->waitsFor.cbegin(), from->waitsFor.cend(),
                       [to](const LoadBase *next) { return reaches(next, to); });
}

} // namespace

LoadBase::LoadBase() = default;

LoadBase::~LoadBase()
{
    if (!isWaitedFor && waitsFor.empty())
        return;
    const std::lock_guard lock(chainMutex());
    auto &loads = waiting();
    loads.erase(std::remove(loads.begin(), loads.end(), this), loads.end());
    for (LoadBase *other : loads) {
        auto &edges = other->waitsFor;
        edges.erase(std::remove(edges.begin(), edges.end(), this), edges.end());
    }
}

LoadChain::LoadChain(LoadBase *load) noexcept
    : m_load(load), m_outer(std::exchange(innermost, this))
{
}

LoadChain::LoadChain(LoadBase *batch, std::vector<std::shared_ptr<LoadBase>> members)
    : m_load(batch), m_outer(innermost), m_members(std::move(members))
{
    const std::lock_guard lock(chainMutex());
    auto &loads = waiting();
    loads.reserve(loads.size() + m_members.size());
    for (const auto &member : m_members) {
        member->waitsFor.push_back(batch);
        loads.push_back(member.get());
    }
    batch->isWaitedFor = true;
    innermost = this;
}

LoadChain::~LoadChain()
{
    innermost = m_outer;
    const std::lock_guard lock(chainMutex());
    stopWaiting(m_load);
    for (const auto &member : m_members)
        stopWaiting(member.get());
}

bool LoadChain::isInLoader() noexcept
{
    return innermost;
}

bool LoadChain::mayWaitFor(LoadBase *load)
{
    if (!innermost)
        return true;
    const std::lock_guard lock(chainMutex());
    for (const LoadChain *link = innermost; link; link = link->m_outer) {
        if (reaches(load, link->m_load))
            return false;
    }
    LoadBase *waiter = innermost->m_load;
    if (waiter->waitsFor.empty())
        waiting().push_back(waiter);
    waiter->waitsFor.push_back(load);
    load->isWaitedFor = true;
    return true;
}

} // namespace SyncMapInternal
