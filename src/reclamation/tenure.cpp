// SPDX-License-Identifier: MIT
#include <SyncMap/private/reclamation/tenure.h>

#include <mutex>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

thread_local TenureBase::UseBase *innermostUse = nullptr;

} // namespace

TenureBase::TenureBase(Counting counting) : m_counting(counting) { }
TenureBase::~TenureBase() = default;

TenureBase::UseBase::UseBase(TenureBase &tenure) : m_tenure(tenure)
{
    if (tenure.m_counting == Counting::Nothing)
        return;
    {
        const std::lock_guard lock(tenure.m_mutex);
        m_hasBegun = !tenure.m_isClosed;
        if (!m_hasBegun)
            return;
        ++tenure.m_uses;
    }
    m_outer = std::exchange(innermostUse, this);
}

TenureBase::UseBase::~UseBase()
{
    if (!m_hasBegun || m_tenure.m_counting == Counting::Nothing)
        return;
    innermostUse = m_outer;
    const std::lock_guard lock(m_tenure.m_mutex);
    --m_tenure.m_uses;
    m_tenure.m_unused.notify_all();
}

int TenureBase::usesOfThisThread() const noexcept
{
    int uses = 0;
    for (const UseBase *use = innermostUse; use; use = use->m_outer)
        uses += &use->m_tenure == this;
    return uses;
}

void TenureBase::close()
{
    const int own = usesOfThisThread();
    std::unique_lock lock(m_mutex);
    m_isClosed = true;
    while (m_uses > own)
        m_unused.wait(lock);
}

bool TenureBase::isClosed() const
{
    const std::lock_guard lock(m_mutex);
    return m_isClosed;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
