// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/private/map/made.h>
#include <SyncMap/private/object/source/sourceerrors.h>
#include <SyncMap/private/object/source/typedmap.h>
#include <SyncMap/private/object/source/watchedobjects.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The values of a map, as SourceValues.
template <typename Map>
class TypedValues : public TypedMap<Map>
{
    using Base = TypedMap<Map>;
    using Codec = ValueCodec<typename Map::mapped_type>;
    static constexpr bool IsCache = isSyncCache<Map>;

protected:
    using Base::keyOf;
    using Base::tenure;
    using Base::with;
    using typename Base::Key;
    using typename Base::T;
    using typename Base::Use;

public:
    using typename Base::Compute;
    using typename Base::Computed;
    using typename Base::Look;

    Look find(const QString &key) override
    {
        return look(key, [](Map &map, const Key &itsKey) { return map.find(itsKey); });
    }
    Look peek(const QString &key) override
    {
        return look(key, [](Map &map, const Key &itsKey) {
            if constexpr (IsCache)
                return map.peek(itsKey);
            else
                return map.find(itsKey);
        });
    }
    bool contains(const QString &key) override
    {
        return with(key, false, [](Map &map, const Key &itsKey) { return map.contains(itsKey); });
    }

    bool insert(const QString &key, const QVariant &value, const SyncCacheEntryOptions &options,
                QString *why) override
    {
        std::optional<Key> itsKey = keyOf(key);
        if (!itsKey) {
            *why = noKeyOf(QMetaType::fromType<Key>());
            return false;
        }
        std::optional<T> itsValue = Codec::fromVariant(value, why);
        if (!itsValue)
            return false;
        const Use map(*tenure());
        if (!map) {
            *why = mapHasGone();
            return false;
        }
        if constexpr (IsCache) {
            if (!map->insert(std::move(*itsKey), std::move(*itsValue), options)) {
                *why = doesNotFit();
                return false;
            }
        } else {
            map->insert(std::move(*itsKey), std::move(*itsValue));
        }
        keepObject(key, value);
        return true;
    }
    Computed compute(const QString &key, const Compute &f, QString *why) override
    {
        const std::optional<Key> itsKey = keyOf(key);
        const Use map(*tenure());
        if (!itsKey || !map) {
            *why = itsKey ? mapHasGone() : noKeyOf(QMetaType::fromType<Key>());
            return Computed::Refused;
        }
        bool isLeft = false;
        std::optional<QVariant> after;
        const auto make = [&](const T *present) {
            const QVariant before = present ? Codec::toVariant(*present) : QVariant();
            after = f(present ? &before : nullptr);
            isLeft = !after;
            why->clear(); // it may be called again
            std::optional<T> result = after ? Codec::fromVariant(*after, why) : std::nullopt;
            const bool isRefused = !result;
            return Made<T> { std::move(result), isRefused };
        };
        const bool isKept = Internals::computeOrLeave(*map, *itsKey, make).has_value();
        if (!why->isEmpty())
            return Computed::Refused;
        if (isKept && after)
            keepObject(key, *after);
        if (isKept || isLeft)
            return Computed::Kept;
        *why = doesNotFit();
        return Computed::NoRoom;
    }

    void keepObject([[maybe_unused]] const QString &key,
                    [[maybe_unused]] const QVariant &value) override
    {
        if constexpr (std::is_same_v<T, QVariant>) {
            if (Q_LIKELY(value.metaType() != QMetaType::fromType<KeptObject>()))
                return;
            if (const Use map { *tenure() })
                WatchedObjects<Map>::keep(*map, key, value);
        }
    }

    bool remove(const QString &key) override
    {
        return with(key, false, [](Map &map, const Key &itsKey) { return map.remove(itsKey); });
    }
    bool remove([[maybe_unused]] const QString &key,
                [[maybe_unused]] const QVariant &expected) override
    {
        if constexpr (std::is_same_v<T, QVariant>) {
            return with(key, false, [&expected](Map &map, const Key &itsKey) {
                return map.remove(itsKey, expected);
            });
        } else {
            return false;
        }
    }
    bool removeIf(const QString &key, const std::function<bool(const QVariant &)> &isIt) override
    {
        return with(key, false, [&isIt](Map &map, const Key &itsKey) {
            bool isRemoved = false;
            (void)Internals::computeOrLeave(map, itsKey, [&](const T *present) {
                isRemoved = present && isIt(Codec::toVariant(*present));
                return Made<T> { std::nullopt, !isRemoved };
            });
            return isRemoved;
        });
    }
    QVariant take(const QString &key) override
    {
        return with(key, QVariant(), [](Map &map, const Key &itsKey) {
            std::optional<T> taken = map.take(itsKey);
            return taken ? Codec::toVariant(*taken) : QVariant();
        });
    }
    void clear() override
    {
        if (const Use map { *tenure() })
            map->clear();
    }

protected:
    using Base::Base;

private:
    template <typename Read>
    Look look(const QString &key, Read &&read)
    {
        return with(key, Look(), [&read](Map &map, const Key &itsKey) {
            Look result;
            if (const std::optional<T> found = read(map, itsKey)) {
                result.exists = true;
                result.value = Codec::toVariant(*found);
                if constexpr (IsCache)
                    result.isStale = map.isStale(itsKey);
            }
            return result;
        });
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
