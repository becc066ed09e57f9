// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qpointer.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The way to tell of several things: a slot of one signal may delete the sender, who is looked at
// before each of them. Nobody uses an iterator, a reference or \c this that a slot could have ended.
template <typename Sender>
class Emission
{
public:
    explicit Emission(Sender *sender) : m_sender(sender) { }

    // False once the sender has gone: then there is nothing left to be done on its account.
    template <typename... Parameters, typename... Arguments>
    bool tell(void (Sender::*signal)(Parameters...), const Arguments &...arguments) const
    {
        if (m_sender)
            Q_EMIT(m_sender->*signal)(arguments...);
        return isAlive();
    }
    bool isAlive() const { return !m_sender.isNull(); }

private:
    const QPointer<Sender> m_sender;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
