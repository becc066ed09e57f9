// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/typedvalues.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The keys of a map, as SourceKeys.
template <typename Map>
class TypedKeys : public TypedValues<Map>
{
    using Base = TypedValues<Map>;

protected:
    using Base::tenure;
    using Base::textOf;
    using Base::with;
    using typename Base::Key;
    using typename Base::T;
    using typename Base::Use;

public:
    using typename Base::Cursor;

    qint64 size() override
    {
        return with(qint64(0), [](Map &map) { return qint64(map.size()); });
    }
    void forEachKey(const std::function<bool(const QString &)> &visit) override
    {
        if (const Use map { *tenure() })
            map->forEach([&](const Key &key, const T &) { return bool(visit(textOf(key))); });
    }

    void walkKeys(Cursor *cursor, const std::function<bool(const QString &)> &visit) override
    {
        const Use map(*tenure());
        if (!map || cursor->isAtEnd) {
            cursor->isAtEnd = true;
            return;
        }
        bool isEnough = false;
        const auto visitText = [&](const Key &key) {
            if (!visit(textOf(key)))
                isEnough = true;
        };
        cursor->isAtEnd = !walk(*map, cursor->next, visitText, [&] { return isEnough; });
    }
    quint64 placeOf(const QString &key) override
    {
        return with(key, quint64(0), [](Map &map, const Key &itsKey) {
            if constexpr (isSyncCache<Map>)
                return Internals::coreOf(map)->hashOf(itsKey);
            else
                return Internals::engineOf(map).hashOf(itsKey);
        });
    }
    bool areTextsDistinct() const noexcept override
    {
        return std::is_same_v<Key, QString> || std::is_integral_v<Key> || std::is_enum_v<Key>;
    }

protected:
    using Base::Base;

private:
    template <typename Visit, typename IsEnough>
    static bool walk(Map &map, quint64 &next, Visit &&visit, IsEnough &&isEnough)
    {
        if constexpr (isSyncCache<Map>) {
            const auto core = Internals::coreOf(map);
            using Core = typename decltype(core)::element_type;
            return core->map().template forEachFrom<typename Core::Reader>(
                    next,
                    [&](const auto &, const auto &position) {
                        if (core->isAlive(Core::entryOf(position.node)))
                            visit(position.node->key);
                    },
                    isEnough);
        } else {
            auto &engine = Internals::engineOf(map);
            using Engine = std::remove_reference_t<decltype(engine)>;
            return engine.template forEachFrom<typename Engine::Reader>(
                    next, [&](const auto &, const auto &position) { visit(position.node->key); },
                    isEnough);
        }
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
