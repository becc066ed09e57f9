// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>

#include <QtCore/qstring.h>
#include <QtCore/qvariant.h>

#include <functional>
#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The values of a map of any types, as variants, under the texts of their keys. Any thread.
class SourceValues
{
public:
    struct Look
    {
        QVariant value;
        bool exists = false;
        bool isStale = false;
    };
    virtual Look find(const QString &key) = 0; // a use
    virtual Look peek(const QString &key) = 0;
    virtual bool contains(const QString &key) = 0;

    // False, with the reason, if it cannot be.
    virtual bool insert(const QString &key, const QVariant &value,
                        const SyncCacheEntryOptions &options, QString *why) = 0;
    // What \a f makes of the value that is there, or of null; nullopt leaves it as it is, with its times,
    // and the loads of the key, and nobody is told. So does what does not fit the type. Atomic: it may
    // be called again. Options stay. With the reason, if the result is not kept.
    using Compute = std::function<std::optional<QVariant>(const QVariant *)>;
    enum class Computed : quint8 { Kept, NoRoom, Refused };
    virtual Computed compute(const QString &key, const Compute &f, QString *why) = 0;

    // Of a value that is going to be there, if it is a QObject: it is watched from now on. Those that
    // are put are so by themselves.
    virtual void keepObject(const QString &, const QVariant &) { }

    virtual bool remove(const QString &key) = 0;
    // Only if it is what is there, in a map of variants; others hold no QObject, which this is for.
    virtual bool remove(const QString &key, const QVariant &expected) = 0;
    // Only if \a isIt says so of what is there; else that stays as it is. Atomic: it may be called
    // again.
    virtual bool removeIf(const QString &key,
                          const std::function<bool(const QVariant &)> &isIt) = 0;
    virtual QVariant take(const QString &key) = 0;
    virtual void clear() = 0;

protected:
    SourceValues() = default;
    Q_DISABLE_COPY_MOVE(SourceValues)
    ~SourceValues() = default;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
