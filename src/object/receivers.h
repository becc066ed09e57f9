// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qobject.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Whether somebody is connected: \a ask, which calls receivers() of the sender, in the sender's thread.
//
// isSignalConnected() takes the lock of the connections, but stays true for what QML was once connected
// to. receivers() is right, but looks at the connections before it takes the lock, and Qt frees those
// whose receivers end in other threads; not, however, while the sender emits something. So it is asked
// by a slot of \a signal, which is there for that alone: if somebody else listens to it, nothing is
// emitted, and he could do anything.
template <typename Sender, typename PrivateSignal, typename Ask>
bool areThereReceivers(Sender *sender, void (Sender::*signal)(PrivateSignal), bool isHeard, Ask ask)
{
    if (isHeard || sender->signalsBlocked())
        return ask();
    bool areThere = false;
    QObject::connect(
            sender, signal, sender, [&] { areThere = ask(); },
            Qt::ConnectionType(Qt::DirectConnection | Qt::SingleShotConnection));
    Q_EMIT(sender->*signal)(PrivateSignal());
    return areThere;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
