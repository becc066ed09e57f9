// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/SyncCache>

// A cache that is looked through at its end: whatever a test did to it, everything must still fit
// together. No load may be about to store its value then.
template <typename Key, typename T>
class ValidatedCache : public SyncCache<Key, T>
{
public:
    using SyncCache<Key, T>::SyncCache;
    Q_DISABLE_COPY_MOVE(ValidatedCache)
    ~ValidatedCache()
    {
        if (!this->isConsistent())
            qFatal("The cache does not fit together.");
    }
};
