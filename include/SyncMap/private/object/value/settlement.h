// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qstring.h>
#include <QtCore/qvariant.h>

#include <functional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How a promise of JavaScript, or a future, has ended.
struct Settlement
{
    enum Outcome : quint8 {
        Fulfilled,
        Rejected,
        Lost // nobody will ever say
    };

    Outcome outcome = Fulfilled;
    QVariant value; // if it is fulfilled with one
    QString message; // if it is rejected
};

// Called once, in the thread that asked.
using OnSettled = std::function<void(const Settlement &)>;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
