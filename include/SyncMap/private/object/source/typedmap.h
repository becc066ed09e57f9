// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccache.h>
#include <SyncMap/map/syncmap.h>
#include <SyncMap/private/object/source/cachesource.h>
#include <SyncMap/private/object/value/value.h>
#include <SyncMap/private/reclamation/tenure.h>

#include <atomic>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

SYNCMAP_EXPORT void warnOfKeyText(const QString &text, const char *typeName);
SYNCMAP_EXPORT void warnOfOtherKeyText(const QString &text, const QString &own);
SYNCMAP_EXPORT void warnOfUnreadableType(QMetaType type);

template <typename T>
inline constexpr bool isSyncCache = false;
template <typename Key, typename T>
inline constexpr bool isSyncCache<SyncCache<Key, T>> = true;

// The map that a TypedSource shows, as long as it is there, and its keys as texts.
template <typename Map>
class TypedMap : public CacheSource
{
public:
    std::shared_ptr<void> cacheOf(QMetaType key, QMetaType value) override
    {
        if (isSyncCache<Map> && key == QMetaType::fromType<Key>()
            && value == QMetaType::fromType<T>())
            return m_tenure->owner();
        return nullptr;
    }
    const void *identity() const noexcept override { return m_tenure->identity(); }

    // The map ends: who uses it is waited for.
    void close() { m_tenure->close(); }
    template <typename Visit>
    static void forObservers(Map &map, Visit &&visit)
    {
        if constexpr (isSyncCache<Map>)
            Internals::coreOf(map)->map().forObservers(visit);
        else
            Internals::engineOf(map).forObservers(visit);
    }

protected:
    using Key = typename Map::key_type;
    using T = typename Map::mapped_type;
    using Use = typename Tenure<Map>::Use;

    template <typename Pointer> // Map * or std::shared_ptr<Map>
    explicit TypedMap(Pointer map) : m_tenure(std::make_shared<Tenure<Map>>(std::move(map)))
    {
        if (!isReadableByQml(QMetaType::fromType<T>()))
            warnOfUnreadableType(QMetaType::fromType<T>());
    }
    // Says nothing of the types.
    struct Silent
    {
    };
    TypedMap(Map *map, Silent) : m_tenure(std::make_shared<Tenure<Map>>(map)) { }
    ~TypedMap() override = default;
    Q_DISABLE_COPY_MOVE(TypedMap)

    const std::shared_ptr<Tenure<Map>> &tenure() const noexcept { return m_tenure; }

    // What \a f returns for the map, or nothing if there is none any more.
    template <typename Result, typename Function>
    Result with(Result otherwise, Function &&f)
    {
        const Use map(*m_tenure);
        return map ? f(*map) : otherwise;
    }
    template <typename Result, typename Function>
    Result with(const QString &key, Result otherwise, Function &&f)
    {
        const std::optional<Key> itsKey = keyOf(key);
        const Use map(*m_tenure);
        return itsKey && map ? f(*map, *itsKey) : otherwise;
    }

    // News are told under the key's own text: who asked by another would not hear of them.
    std::optional<Key> keyOf(const QString &text)
    {
        std::optional<Key> key = Text::fromText(text);
        if (!key)
            return key;
        const QString own = Text::toText(*key);
        if (own == text)
            return key;
        // relaxed: at worst it is said twice.
        if (!IsTextPlain && !m_hasWarnedOfOtherText.exchange(true, std::memory_order_relaxed))
            warnOfOtherKeyText(text, own);
        return std::nullopt;
    }

    // Some types have texts that say less than their values: then the text leads to another key.
    QString textOf(const Key &key)
    {
        QString text = Text::toText(key);
        if constexpr (!IsTextPlain) {
            // relaxed: at worst it is said twice.
            if (!m_hasWarnedOfText.load(std::memory_order_relaxed)) {
                const std::optional<Key> back = Text::fromText(text);
                if (!back || !(*back == key)) {
                    m_hasWarnedOfText.store(true, std::memory_order_relaxed);
                    warnOfKeyText(text, QMetaType::fromType<Key>().name());
                }
            }
        }
        return text;
    }

private:
    using Text = SyncCacheKeyText<Key>;

    static constexpr bool IsTextPlain =
            std::is_same_v<Key, QString> || std::is_arithmetic_v<Key> || std::is_enum_v<Key>;

    const std::shared_ptr<Tenure<Map>> m_tenure;
    std::atomic<bool> m_hasWarnedOfText { false };
    std::atomic<bool> m_hasWarnedOfOtherText { false };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
