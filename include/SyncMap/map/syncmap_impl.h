// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/syncmap.h>

#include <QtCore/qscopeguard.h>

template <typename Key, typename T>
SyncMap<Key, T>::SyncMap(std::initializer_list<std::pair<Key, T>> entries)
{
    reserve(qsizetype(entries.size()));
    for (const std::pair<Key, T> &entry : entries)
        insert(entry.first, entry.second);
}

template <typename Key, typename T>
template <typename Other>
typename SyncMap<Key, T>::ConstPointer SyncMap<Key, T>::getLike(const Other &key,
                                                                const Guard &guard) const
{
    guard.m_pin.check(m_engine.domain());
    const Position found = m_engine.find(m_engine.hashOf(key), key);
    return found ? found.node->value.pointer() : ConstPointer(nullptr);
}

template <typename Key, typename T>
template <typename Other>
std::optional<T> SyncMap<Key, T>::findLike(const Other &key) const
{
    const Reader pin(m_engine.domain());
    const Position found = m_engine.find(m_engine.hashOf(key), key);
    return found ? std::optional<T>(*found.node->value.pointer()) : std::nullopt;
}

template <typename Key, typename T>
template <typename Other, typename... Default>
T SyncMap<Key, T>::valueLike(const Other &key, const Default &...defaultValue) const
{
    const Reader pin(m_engine.domain());
    const Position found = m_engine.find(m_engine.hashOf(key), key);
    return found ? *found.node->value.pointer() : T(defaultValue...);
}

template <typename Key, typename T>
template <typename Other>
bool SyncMap<Key, T>::containsLike(const Other &key) const
{
    const Reader pin(m_engine.domain());
    return bool(m_engine.find(m_engine.hashOf(key), key));
}

template <typename Key, typename T>
QList<std::optional<T>> SyncMap<Key, T>::findAll(const QList<Key> &keys) const
{
    QList<std::optional<T>> result;
    result.reserve(keys.size());
    const Reader pin(m_engine.domain());
    m_engine.findMany(keys.constData(), keys.size(), [&result](qsizetype, const auto *node) {
        if (node)
            result.emplace_back(*node->value.pointer());
        else
            result.emplace_back();
    });
    return result;
}

template <typename Key, typename T>
void SyncMap<Key, T>::insert(Key key, T value)
{
    Writer pin(m_engine.domain());
    const quint64 hash = m_engine.hashOf(key);
    if constexpr (Engine::InPlace) {
        while (const Position seen = m_engine.find(hash, key)) {
            if (m_engine.overwrite(pin, seen, SyncMapInternal::toRaw(value)))
                return;
        }
    }
    m_engine.prefetch(hash); // arrives while the node is made
    auto fresh = m_engine.makeNode(hash, std::move(key), std::move(value));
    m_engine.publish(pin, fresh, IfPresent::Replace);
}

template <typename Key, typename T>
void SyncMap<Key, T>::insert(const QHash<Key, T> &entries)
{
    reserve(entries.size());
    for (auto it = entries.cbegin(); it != entries.cend(); ++it)
        insert(it.key(), it.value());
}

template <typename Key, typename T>
typename SyncMap<Key, T>::TryInsertResult SyncMap<Key, T>::tryInsert(Key key, T value)
{
    Writer pin(m_engine.domain());
    const quint64 hash = m_engine.hashOf(key);
    if (const Position found = m_engine.find(hash, key))
        return { *found.node->value.pointer(), false };
    // Copied before it is published: a copy that throws then has had no effect.
    TryInsertResult result = { value, true };
    auto fresh = m_engine.makeNode(hash, std::move(key), std::move(value));
    if (const auto *present = m_engine.publish(pin, fresh, IfPresent::Keep))
        return { *present->value.pointer(), false };
    return result;
}

template <typename Key, typename T>
typename SyncMap<Key, T>::TryInsertPointer SyncMap<Key, T>::tryInsert(Key key, T &&value,
                                                                      const Guard &guard)
{
    guard.m_pin.check(m_engine.domain());
    Writer pin(m_engine.domain());
    const quint64 hash = m_engine.hashOf(key);
    if (const Position found = m_engine.find(hash, key))
        return { found.node->value.pointer(), false };
    auto fresh = m_engine.makeNode(hash, std::move(key), std::move(value));
    // If somebody is faster, or publishing throws, the caller gets the value back.
    const auto giveBack = qScopeGuard([&] {
        if constexpr (!Engine::InPlace && std::is_move_assignable_v<T>) {
            if (fresh)
                value = std::move(fresh->value.mutableValue());
        }
    });
    const ConstPointer inserted = fresh->value.pointer();
    if (const auto *present = m_engine.publish(pin, fresh, IfPresent::Keep))
        return { present->value.pointer(), false };
    return { inserted, true };
}

template <typename Key, typename T>
template <typename Make>
T SyncMap<Key, T>::getOrInsert(const Key &key, Make &&make)
{
    const quint64 hash = m_engine.hashOf(key);
    {
        const Reader pin(m_engine.domain());
        if (const Position found = m_engine.find(hash, key))
            return *found.node->value.pointer();
    }
    T made = std::forward<Make>(make)(); // may take long: not under a pin
    auto fresh = m_engine.makeNode(hash, key, made);
    Writer pin(m_engine.domain());
    if (const auto *present = m_engine.publish(pin, fresh, IfPresent::Keep))
        return *present->value.pointer();
    return made;
}

template <typename Key, typename T>
std::optional<T> SyncMap<Key, T>::exchange(Key key, T value)
{
    Writer pin(m_engine.domain());
    const quint64 hash = m_engine.hashOf(key);
    // Values are copied before they are replaced: a copy that throws then has had no effect.
    if constexpr (Engine::InPlace) {
        for (;;) {
            while (const Position seen = m_engine.find(hash, key)) {
                const auto observed = seen.node->value.observe();
                const T previous = Engine::Value::valueOf(observed);
                if (m_engine.replace(pin, seen, observed, value))
                    return previous;
            }
            auto fresh = m_engine.makeNode(hash, key, value);
            if (!m_engine.publish(pin, fresh, IfPresent::Keep))
                return std::nullopt;
        }
    } else {
        auto fresh = m_engine.makeNode(hash, std::move(key), std::move(value));
        for (;;) {
            while (const Position seen = m_engine.find(hash, fresh->key)) {
                const auto observed = seen.node->value.observe();
                std::optional<T> previous(Engine::Value::valueOf(observed));
                if (m_engine.replace(pin, seen, observed, fresh))
                    return previous;
            }
            if (!m_engine.publish(pin, fresh, IfPresent::Keep))
                return std::nullopt;
        }
    }
}

template <typename Key, typename T>
bool SyncMap<Key, T>::compareExchange(const Key &key, const T &expected, T desired)
{
    Writer pin(m_engine.domain());
    const quint64 hash = m_engine.hashOf(key);
    std::optional<typename Engine::Replacement> replacement;
    while (const Position seen = m_engine.find(hash, key)) {
        const auto observed = seen.node->value.observe();
        if (!(Engine::Value::valueOf(observed) == expected))
            return false;
        if (!replacement)
            replacement.emplace(m_engine.makeReplacement(hash, key, desired));
        if (m_engine.replace(pin, seen, observed, *replacement))
            return true;
    }
    return false;
}

template <typename Key, typename T>
template <typename Other>
bool SyncMap<Key, T>::removeLike(const Other &key)
{
    Writer pin(m_engine.domain());
    const quint64 hash = m_engine.hashOf(key);
    while (const Position seen = m_engine.find(hash, key)) {
        if (m_engine.remove(pin, seen))
            return true;
    }
    return false;
}

template <typename Key, typename T>
bool SyncMap<Key, T>::remove(const Key &key, const T &expected)
{
    Writer pin(m_engine.domain());
    const quint64 hash = m_engine.hashOf(key);
    while (const Position seen = m_engine.find(hash, key)) {
        const auto observed = seen.node->value.observe();
        if (!(Engine::Value::valueOf(observed) == expected))
            return false;
        if (m_engine.remove(pin, seen, &observed))
            return true;
    }
    return false;
}

template <typename Key, typename T>
template <typename Other>
std::optional<T> SyncMap<Key, T>::takeLike(const Other &key)
{
    Writer pin(m_engine.domain());
    const quint64 hash = m_engine.hashOf(key);
    while (const Position seen = m_engine.find(hash, key)) {
        const auto observed = seen.node->value.observe();
        std::optional<T> taken(Engine::Value::valueOf(observed));
        if (m_engine.remove(pin, seen, &observed))
            return taken;
    }
    return std::nullopt;
}

template <typename Key, typename T>
template <typename Function>
std::optional<T> SyncMap<Key, T>::compute(const Key &key, Function &&f)
{
    Writer pin(m_engine.domain());
    const quint64 hash = m_engine.hashOf(key);
    for (;;) {
        const Position seen = m_engine.find(hash, key);
        if (!seen) {
            std::optional<T> made = f(static_cast<const T *>(nullptr));
            if (!made)
                return made;
            auto fresh = m_engine.makeNode(hash, key, *made);
            if (!m_engine.publish(pin, fresh, IfPresent::Keep))
                return made;
            continue;
        }
        const auto observed = seen.node->value.observe();
        std::optional<T> made = f(std::addressof(Engine::Value::valueOf(observed)));
        if (!made) {
            if (m_engine.remove(pin, seen, &observed))
                return made;
            continue;
        }
        auto replacement = m_engine.makeReplacement(hash, key, *made);
        if (m_engine.replace(pin, seen, observed, replacement))
            return made;
    }
}

template <typename Key, typename T>
template <typename Function>
void SyncMap<Key, T>::forEach(Function &&f) const
{
    m_engine.template forEach<Reader>([&f](Reader &, const Position &position) {
        const ConstPointer value = position.node->value.pointer();
        using Result = std::invoke_result_t<Function &, const Key &, const T &>;
        if constexpr (std::is_same_v<Result, bool>) {
            return f(position.node->key, *value);
        } else {
            f(position.node->key, *value);
            return true;
        }
    });
}

template <typename Key, typename T>
template <typename Predicate>
qsizetype SyncMap<Key, T>::removeIf(Predicate &&predicate)
{
    qsizetype removed = 0;
    m_engine.template forEach<Writer>([&](Writer &pin, const Position &position) {
        for (Position seen = position; seen; seen = m_engine.findAgain(position.node)) {
            const auto observed = seen.node->value.observe();
            const Key &key = seen.node->key;
            if (!predicate(key, Engine::Value::valueOf(observed)))
                break;
            if (m_engine.remove(pin, seen, &observed)) {
                ++removed;
                break;
            }
        }
        return true;
    });
    return removed;
}

template <typename Key, typename T>
QList<Key> SyncMap<Key, T>::keys() const
{
    QList<Key> result;
    result.reserve(size());
    forEach([&result](const Key &key, const T &) { result.append(key); });
    return result;
}

template <typename Key, typename T>
QList<T> SyncMap<Key, T>::values() const
{
    QList<T> result;
    result.reserve(size());
    forEach([&result](const Key &, const T &value) { result.append(value); });
    return result;
}

template <typename Key, typename T>
QHash<Key, T> SyncMap<Key, T>::toHash() const
{
    QHash<Key, T> result;
    result.reserve(size());
    forEach([&result](const Key &key, const T &value) { result.insert(key, value); });
    return result;
}

template <typename Key, typename T>
SyncMapStatistics SyncMap<Key, T>::statistics() const
{
    return SyncMapInternal::statisticsOf(m_engine);
}
