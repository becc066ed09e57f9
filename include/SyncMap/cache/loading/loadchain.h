// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/syncmapglobal.h>

#include <memory>
#include <vector>

namespace SyncMapInternal {

// What loads of all caches have in common: which of them waits for which.
struct SYNCMAP_EXPORT LoadBase
{
    LoadBase();
    virtual ~LoadBase();
    Q_DISABLE_COPY_MOVE(LoadBase)

    // Under the lock of LoadChain.
    std::vector<LoadBase *> waitsFor;
    bool isWaitedFor = false; // by a loader, once; never changes back
};

// The loads whose loaders run in the calling thread, one within another. A loader that asks for a
// key of which it is itself the load, or of one that waits for it, would wait for ever; so each
// load that a loader asks for is entered here, and refused if that closed a circle.
class SYNCMAP_EXPORT LoadChain
{
public:
    // While a loader runs. \a load is kept by the caller.
    explicit LoadChain(LoadBase *load) noexcept;
    // While one loader runs for many loads: who waits for one of them waits for \a batch.
    LoadChain(LoadBase *batch, std::vector<std::shared_ptr<LoadBase>> members);
    ~LoadChain();
    Q_DISABLE_COPY_MOVE(LoadChain)

    // A loader runs in this thread.
    static bool isInLoader() noexcept;

    // The innermost loader of this thread wants to wait for \a load. False if that cannot be.
    static bool mayWaitFor(LoadBase *load);

private:
    LoadBase *const m_load;
    LoadChain *const m_outer;
    const std::vector<std::shared_ptr<LoadBase>> m_members;
};

} // namespace SyncMapInternal
