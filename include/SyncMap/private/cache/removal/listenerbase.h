// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What is known of a listener whatever it listens to.
class ListenerBase
{
public:
    ListenerBase() = default;
    Q_DISABLE_COPY_MOVE(ListenerBase)
    virtual ~ListenerBase() = default;

    virtual void disconnect() = 0;
    virtual bool isOpen() const = 0;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
