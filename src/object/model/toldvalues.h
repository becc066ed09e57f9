// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccachemodel.h>

#include <QtCore/qhash.h>

#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What somebody has read of a row, until views are told that it is other: a proxy that sorts finds
// places by comparing with rows that it was told nothing of yet, and would put rows in wrong ones, for
// good, if those showed already what the cache has. Values are shared with the cache where it holds
// variants. Keys are those of rows.
class ToldValues
{
public:
    using Status = SyncCacheModel::Status;

    // What was told; or what \a read returns, which is from now on.
    template <typename Read>
    const QVariant &valueOf(const QString &key, Read &&read)
    {
        Told &told = m_told[key];
        if (!told.value)
            told.value = read();
        return *told.value;
    }
    template <typename Read>
    Status statusOf(const QString &key, Read &&read)
    {
        Told &told = m_told[key];
        if (!told.status)
            told.status = read();
        return *told.status;
    }

    // Views are about to be told.
    void forget(const QString &key) { m_told.remove(key); }
    void forgetStatus(const QString &key)
    {
        if (const auto told = m_told.find(key); told != m_told.end())
            told->status.reset();
    }
    void forgetAll() { m_told.clear(); }
    bool isEmpty() const noexcept { return m_told.isEmpty(); }

private:
    struct Told
    {
        std::optional<QVariant> value; // as it is kept; invalid: there is none
        std::optional<Status> status;
    };

    QHash<QString, Told> m_told;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
