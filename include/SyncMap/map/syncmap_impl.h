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

// Puts the node in if its key is absent, whose turn it is permitting. Calls present(node) with the one
// that is there instead, under a pin; true if it went in.
template <typename Key, typename T>
template <typename Present>
bool SyncMap<Key, T>::tryPublish(typename Engine::NodePointer &fresh, quint64 hash,
                                 Present &&present)
{
    {
        Writer pin(m_engine.domain());
        Attempt attempt;
        if (const auto *found = m_engine.publish(pin, fresh, IfPresent::Keep, &attempt)) {
            present(*found);
            return false;
        }
        if (Q_LIKELY(!attempt.metClaim))
            return true;
    }
    typename Engine::ClaimedKey claimed(m_engine, hash, fresh->key);
    claimed.waitForTurn();
    Writer pin(m_engine.domain());
    if (const auto *found = m_engine.publish(pin, fresh, IfPresent::Keep)) {
        present(*found);
        return false;
    }
    return true;
}

template <typename Key, typename T>
typename SyncMap<Key, T>::TryInsertResult SyncMap<Key, T>::tryInsert(Key key, T value)
{
    const quint64 hash = m_engine.hashOf(key);
    {
        const Reader pin(m_engine.domain());
        if (const Position found = m_engine.find(hash, key))
            return { *found.node->value.pointer(), false };
    }
    // Copied before it is published: a copy that throws then has had no effect.
    TryInsertResult result = { value, true };
    auto fresh = m_engine.makeNode(hash, std::move(key), std::move(value));
    std::optional<T> there;
    if (tryPublish(fresh, hash,
                   [&there](const auto &node) { there.emplace(*node.value.pointer()); }))
        return result;
    return { *std::move(there), false };
}

template <typename Key, typename T>
typename SyncMap<Key, T>::TryInsertPointer SyncMap<Key, T>::tryInsert(Key key, T &&value,
                                                                      const Guard &guard)
{
    static_assert(
            Engine::InPlace || std::is_move_assignable_v<T>,
            "tryInsert(key, T &&, guard) gives a value back that it does not insert: it needs "
            "a T that can be assigned. tryEmplace() does without");
    guard.m_pin.check(m_engine.domain());
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
    ConstPointer result = fresh->value.pointer();
    const bool isInserted =
            tryPublish(fresh, hash, [&result](const auto &node) { result = node.value.pointer(); });
    return { result, isInserted };
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
    std::optional<T> there;
    if (tryPublish(fresh, hash,
                   [&there](const auto &node) { there.emplace(*node.value.pointer()); }))
        return made;
    return *std::move(there);
}

// The read-modify-writes. Each tries without a claim first: look at the value where it is, make what
// is to replace it, commit if nobody was faster. What follows the attempts claims the key, see
// claim.h. Values are copied before they are replaced: a copy that throws then has had no effect.

template <typename Key, typename T>
std::optional<T> SyncMap<Key, T>::exchange(Key key, T value)
{
    using Change = typename Engine::Change;
    const quint64 hash = m_engine.hashOf(key);
    std::optional<typename Engine::NodePointer> fresh;
    const auto makeFresh = [&] {
        fresh.emplace(m_engine.makeNode(hash, std::move(key), std::move(value)));
    };
    if constexpr (!Engine::InPlace)
        makeFresh();
    {
        Writer pin(m_engine.domain());
        for (Attempt attempt; attempt.isAllowed(Engine::Traits::claimAfter);) {
            const Position seen = m_engine.find(hash, fresh ? (*fresh)->key : key);
            if (!seen) {
                if (!fresh)
                    makeFresh();
                if (!m_engine.publish(pin, *fresh, IfPresent::Keep, &attempt) && !attempt.metClaim)
                    return std::nullopt;
                continue;
            }
            const auto observed = seen.node->value.observe();
            std::optional<T> previous(Engine::Value::valueOf(observed));
            if constexpr (Engine::InPlace) {
                if (m_engine.replace(pin, seen, observed, value, &attempt))
                    return previous;
            } else {
                if (m_engine.replace(pin, seen, observed, *fresh, &attempt))
                    return previous;
            }
        }
    }
    if (!fresh)
        makeFresh();
    std::optional<T> previous;
    m_engine.modifyClaimed(hash, (*fresh)->key, [&](const T *current) -> Change {
        previous.reset();
        if (current)
            previous.emplace(*current);
        return { true, &*fresh };
    });
    return previous;
}

template <typename Key, typename T>
bool SyncMap<Key, T>::compareExchange(const Key &key, const T &expected, T desired)
{
    using Change = typename Engine::Change;
    const quint64 hash = m_engine.hashOf(key);
    {
        Writer pin(m_engine.domain());
        std::optional<typename Engine::Replacement> replacement;
        for (Attempt attempt; attempt.isAllowed(Engine::Traits::claimAfter);) {
            const Position seen = m_engine.find(hash, key);
            if (!seen)
                return false;
            const auto observed = seen.node->value.observe();
            if (!(Engine::Value::valueOf(observed) == expected))
                return false;
            if (!replacement)
                replacement.emplace(m_engine.makeReplacement(hash, key, desired));
            if (m_engine.replace(pin, seen, observed, *replacement, &attempt))
                return true;
        }
    }
    auto fresh = m_engine.makeNode(hash, key, std::move(desired));
    bool isEqual = false;
    m_engine.modifyClaimed(hash, key, [&](const T *current) -> Change {
        isEqual = current && *current == expected;
        return isEqual ? Change { true, &fresh } : Change();
    });
    return isEqual;
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
    using Change = typename Engine::Change;
    const quint64 hash = m_engine.hashOf(key);
    {
        Writer pin(m_engine.domain());
        for (Attempt attempt; attempt.isAllowed(Engine::Traits::claimAfter);) {
            const Position seen = m_engine.find(hash, key);
            if (!seen)
                return false;
            const auto observed = seen.node->value.observe();
            if (!(Engine::Value::valueOf(observed) == expected))
                return false;
            if (m_engine.remove(pin, seen, &observed, &attempt))
                return true;
        }
    }
    bool isEqual = false;
    m_engine.modifyClaimed(hash, key, [&](const T *current) -> Change {
        isEqual = current && *current == expected;
        return isEqual ? Change { true, nullptr } : Change();
    });
    return isEqual;
}

template <typename Key, typename T>
template <typename Other>
std::optional<T> SyncMap<Key, T>::takeLike(const Other &key)
{
    using Change = typename Engine::Change;
    const quint64 hash = m_engine.hashOf(key);
    {
        Writer pin(m_engine.domain());
        for (Attempt attempt; attempt.isAllowed(Engine::Traits::claimAfter);) {
            const Position seen = m_engine.find(hash, key);
            if (!seen)
                return std::nullopt;
            const auto observed = seen.node->value.observe();
            std::optional<T> taken(Engine::Value::valueOf(observed));
            if (m_engine.remove(pin, seen, &observed, &attempt))
                return taken;
        }
    }
    std::optional<T> taken;
    m_engine.modifyClaimed(hash, key, [&](const T *current) -> Change {
        taken.reset();
        if (!current)
            return {};
        taken.emplace(*current);
        return { true, nullptr };
    });
    return taken;
}

template <typename Key, typename T>
template <typename Function>
std::optional<T> SyncMap<Key, T>::compute(const Key &key, Function &&f)
{
    using Change = typename Engine::Change;
    Q_ASSERT_X(!m_engine.isComputing(key), "SyncMap::compute",
               "the function that makes a value for a key must not compute() the same key");
    const quint64 hash = m_engine.hashOf(key);
    std::optional<T> made;
    {
        Writer pin(m_engine.domain());
        const auto make = [&](const T *current) {
            const SyncMapInternal::ComputationScope scope(&m_engine, std::addressof(key),
                                                          SyncMapInternal::Computation::Unclaimed);
            made.reset();
            std::optional<T> result = f(current);
            if (result)
                made.emplace(*std::move(result));
        };
        for (Attempt attempt; attempt.isAllowed(Engine::Traits::claimAfter);) {
            const Position seen = m_engine.find(hash, key);
            if (!seen) {
                make(nullptr);
                if (!made)
                    return made;
                auto fresh = m_engine.makeNode(hash, key, *made);
                if (!m_engine.publish(pin, fresh, IfPresent::Keep, &attempt) && !attempt.metClaim)
                    return made;
                continue;
            }
            const auto observed = seen.node->value.observe();
            make(std::addressof(Engine::Value::valueOf(observed)));
            if (!made) {
                if (m_engine.remove(pin, seen, &observed, &attempt))
                    return made;
                continue;
            }
            auto replacement = m_engine.makeReplacement(hash, key, *made);
            if (m_engine.replace(pin, seen, observed, replacement, &attempt))
                return made;
        }
    }
    std::optional<typename Engine::NodePointer> fresh;
    m_engine.modifyClaimed(hash, key, [&](const T *current) -> Change {
        made.reset();
        std::optional<T> result = f(current);
        if (!result)
            return { current != nullptr, nullptr };
        made.emplace(*std::move(result));
        fresh.emplace(m_engine.makeNode(hash, key, *made));
        return { true, &*fresh };
    });
    return made;
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
    using Change = typename Engine::Change;
    qsizetype removed = 0;
    m_engine.template forEach<Writer>([&](Writer &pin, const Position &position) {
        const Key &key = position.node->key;
        const auto isWanted = [&](const T &value) -> bool {
            const SyncMapInternal::ComputationScope scope(&m_engine, std::addressof(key),
                                                          SyncMapInternal::Computation::Unclaimed);
            return predicate(key, value);
        };
        Position seen = position;
        for (Attempt attempt; seen && attempt.isAllowed(Engine::Traits::claimAfter);
             seen = m_engine.findAgain(position.node)) {
            const auto observed = seen.node->value.observe();
            if (!isWanted(Engine::Value::valueOf(observed)))
                return true;
            if (m_engine.remove(pin, seen, &observed, &attempt)) {
                ++removed;
                return true;
            }
        }
        if (!seen)
            return true;
        bool isRemoved = false;
        m_engine.modifyClaimed(m_engine.hashOf(*position.node), key,
                               [&](const T *current) -> Change {
                                   isRemoved = current && predicate(key, *current);
                                   return { isRemoved, nullptr };
                               });
        removed += isRemoved;
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
