// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qstring.h>

#include <functional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The keys of a map, as texts. Any thread.
class SourceKeys
{
public:
    virtual qint64 size() = 0;
    // Until visit() returns false.
    virtual void forEachKey(const std::function<bool(const QString &)> &visit) = 0;

    // A walk over the keys in steps, in the order of their places, which are the map's hashes. What
    // was inserted behind the cursor after it passed is not visited any more; news tell of it.
    struct Cursor
    {
        quint64 next = 0;
        bool isAtEnd = false;

        bool hasPassed(quint64 place) const noexcept { return isAtEnd || place < next; }
    };
    // Until visit() has returned false, and a few thousand keys on, to where the walk can rest.
    virtual void walkKeys(Cursor *cursor, const std::function<bool(const QString &)> &visit) = 0;
    virtual quint64 placeOf(const QString &key) = 0;
    // No two keys have the same text.
    virtual bool areTextsDistinct() const noexcept = 0;

protected:
    SourceKeys() = default;
    Q_DISABLE_COPY_MOVE(SourceKeys)
    ~SourceKeys() = default;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
