// SPDX-License-Identifier: MIT
#pragma once

#include "instances.h"

#include <SyncMap/private/reclamation/guard.h>

#include <functional>
#include <thread>
#include <utility>

// An object that can be retired, is counted, and says when it is destroyed.
class RetiredObject : public SyncMapInternal::Retired, public Instances<RetiredObject>
{
public:
    using WhenDestroyed = std::function<void(unsigned kind)>;

    explicit RetiredObject(WhenDestroyed whenDestroyed = {})
        : m_whenDestroyed(std::move(whenDestroyed))
    {
    }

    // What a domain is made with. The object is gone when whenDestroyed() runs.
    static void destroy(SyncMapInternal::Retired *retired, unsigned kind)
    {
        auto *const object = static_cast<RetiredObject *>(retired);
        const WhenDestroyed whenDestroyed = std::move(object->m_whenDestroyed);
        delete object;
        if (whenDestroyed)
            whenDestroyed(kind);
    }

private:
    WhenDestroyed m_whenDestroyed;
};

// Lets another thread use the domain, too: from then on its collectors need their fence.
template <typename Traits>
void shareWithAnotherThread(SyncMapInternal::Domain<Traits> &domain)
{
    domain.slot();
    std::thread([&domain] { domain.slot(); }).join();
}

// Retires an object of which nobody else knows, as the calling thread.
template <typename Traits>
void retire(SyncMapInternal::Domain<Traits> &domain, RetiredObject *object = new RetiredObject,
            unsigned kind = 0, quint64 bytes = 1)
{
    domain.retire(domain.slot(), object, kind, bytes);
}
