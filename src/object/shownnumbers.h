// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/source.h>

#include <QtCore/qbasictimer.h>
#include <QtCore/qlist.h>

class QMetaMethod;
class SyncCacheObject;
class SyncCacheObjectPrivate;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The numbers of an object, and what of them those who are connected have seen. Statistics cost locks:
// nobody connected, nothing asked. Else they are looked at with each flush, and four times a second,
// for reads change them, and bring no news. In the object's thread.
class ShownNumbers
{
public:
    using Numbers = CacheSource::Numbers;

    explicit ShownNumbers(SyncCacheObjectPrivate *object) : d(object) { }
    Q_DISABLE_COPY_MOVE(ShownNumbers)
    ~ShownNumbers() = default;

    static bool isTheirs(const QMetaMethod &signal);
    // Somebody has, to one of their signals, and has seen what is so now.
    void connected();
    // Tells of each that is other than somebody has seen it. May end the object.
    void tell();
    bool isTimer(int id) const noexcept { return m_timer.isActive() && m_timer.timerId() == id; }
    void pollAnew(); // the interval is another one

private:
    SyncCacheObjectPrivate *const d;
    QList<Numbers> m_seen; // by one or another, since they were told
    QBasicTimer m_timer;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
