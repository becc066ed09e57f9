// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccache.h>

// What a member cannot do with these types, an assertion says. GCC would say on top of it that nothing
// is returned.
QT_WARNING_PUSH
QT_WARNING_DISABLE_GCC("-Wreturn-type")

template <typename Key, typename T>
SyncCache<Key, T>::SyncCache() : m_core(std::make_shared<Core>(1000, false))
{
}

template <typename Key, typename T>
SyncCache<Key, T>::SyncCache(qsizetype maxCost) : m_core(std::make_shared<Core>(maxCost, true))
{
}

// Reads.

template <typename Key, typename T>
template <typename Other>
typename SyncCache<Key, T>::ConstPointer SyncCache<Key, T>::getLike(const Other &key,
                                                                    const Guard &guard) const
{
    guard.m_pin.check(m_core->map().domain());
    const Entry *entry = m_core->use(guard.m_pin, m_core->map().hashOf(key), key);
    return entry ? &entry->value : nullptr;
}

template <typename Key, typename T>
template <typename Other>
std::optional<T> SyncCache<Key, T>::findLike(const Other &key) const
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
        const Reader pin(m_core->map().domain());
        const Entry *entry = m_core->use(pin, m_core->map().hashOf(key), key);
        return entry ? std::optional<T>(entry->value) : std::nullopt;
    }
}

template <typename Key, typename T>
template <typename Other, typename... Default>
T SyncCache<Key, T>::valueLike(const Other &key, const Default &...defaultValue) const
{
    using Defaulted = std::conditional_t<sizeof...(Default) == 0, T, int>;
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                  && SyncMapInternal::HasDefaultValue<Defaulted>::value) {
        const Reader pin(m_core->map().domain());
        const Entry *entry = m_core->use(pin, m_core->map().hashOf(key), key);
        return entry ? entry->value : T(defaultValue...);
    }
}

template <typename Key, typename T>
template <typename Other>
bool SyncCache<Key, T>::containsLike(const Other &key) const
{
    const Reader pin(m_core->map().domain());
    return m_core->peek(m_core->map().hashOf(key), key);
}

template <typename Key, typename T>
bool SyncCache<Key, T>::isStale(const Key &key) const
{
    const Reader pin(m_core->map().domain());
    const Entry *entry = m_core->peek(m_core->map().hashOf(key), key);
    return entry && m_core->isStale(*entry);
}

template <typename Key, typename T>
template <typename Other>
std::optional<T> SyncCache<Key, T>::peekLike(const Other &key) const
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
        const Reader pin(m_core->map().domain());
        const Entry *entry = m_core->peek(m_core->map().hashOf(key), key);
        return entry ? std::optional<T>(entry->value) : std::nullopt;
    }
}

template <typename Key, typename T>
template <typename Other>
std::optional<Key> SyncCache<Key, T>::storedKeyLike(const Other &key) const
{
    if constexpr (SyncMapInternal::CopiesKeys<Key>::value) {
        const Reader pin(m_core->map().domain());
        const Position seen = m_core->map().find(m_core->map().hashOf(key), key);
        const bool isThere = seen && m_core->aliveOf(Core::entryOf(seen.node), false);
        return isThere ? std::optional<Key>(seen.node->key) : std::nullopt;
    }
}

template <typename Key, typename T>
QList<std::optional<T>> SyncCache<Key, T>::findAll(const QList<Key> &keys) const
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
        QList<std::optional<T>> result;
        result.reserve(keys.size());
        const Reader pin(m_core->map().domain());
        auto &slot = static_cast<typename Core::Slot &>(pin.slot());
        m_core->map().findMany(keys.constData(), keys.size(), [&](qsizetype, const auto *node) {
            if (const Entry *entry = m_core->use(slot, node))
                result.emplace_back(entry->value);
            else
                result.emplace_back();
        });
        return result;
    }
}

template <typename Key, typename T>
template <typename Function>
void SyncCache<Key, T>::forEach(Function &&f) const
{
    if constexpr (SyncMapInternal::VisitsEntries<Key, T, Function &>::value) {
        m_core->map().template forEach<Reader>([&](const Reader &, const Position &position) {
            // It may just be replaced.
            const Entry *entry = m_core->aliveOf(Core::entryOf(position.node), false);
            if (!entry)
                return true;
            using Answer = std::invoke_result_t<Function &, const Key &, const T &>;
            if constexpr (std::is_same_v<Answer, bool>) {
                return f(position.node->key, entry->value);
            } else {
                f(position.node->key, entry->value);
                return true;
            }
        });
    }
}

template <typename Key, typename T>
QList<Key> SyncCache<Key, T>::keys() const
{
    if constexpr (SyncMapInternal::CopiesKeys<Key>::value) {
        QList<Key> result;
        result.reserve(size());
        forEach([&result](const Key &key, const T &) { result.append(key); });
        return result;
    }
}

template <typename Key, typename T>
QList<T> SyncCache<Key, T>::values() const
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
        QList<T> result;
        result.reserve(size());
        forEach([&result](const Key &, const T &value) { result.append(value); });
        return result;
    }
}

template <typename Key, typename T>
QHash<Key, T> SyncCache<Key, T>::toHash() const
{
    if constexpr (SyncMapInternal::CopiesKeys<Key>::value
                  && SyncMapInternal::CopiesCachedValues<T>::value) {
        QHash<Key, T> result;
        result.reserve(size());
        forEach([&result](const Key &key, const T &value) { result.insert(key, value); });
        return result;
    }
}

// Writes.

template <typename Key, typename T>
typename SyncCache<Key, T>::TryInsertPointer
SyncCache<Key, T>::insertIfAbsent(Writer &pin, quint64 hash, const Key &key, T &value,
                                  const SyncCacheEntryOptions &options)
{
    const auto plan = m_core->planOf(options, nullptr);
    const Entry *present = nullptr;
    const auto wins = [&] {
        present = m_core->peek(hash, key);
        if (!present)
            m_core->loads.supersedeLocked(hash, key);
        return !present;
    };
    if (plan.isOver()) {
        m_core->removeIf(key, hash, SyncCacheRemovalCause::Expired, wins);
        return { present ? &present->value : nullptr, false };
    }
    auto fresh = m_core->makeNode(hash, key, std::move(value), plan);
    T &itsValue = fresh->value.mutableValue().value;
    // If somebody is faster, or it does not fit, or something throws, the caller gets it back.
    const auto giveBack = qScopeGuard([&] {
        if constexpr (std::is_move_assignable_v<T>) {
            if (fresh)
                value = std::move(itsValue);
        }
    });
    const Outcome outcome = m_core->store(pin, fresh, IfPresent::Keep, wins).outcome;
    if (outcome == Outcome::Stored)
        return { &itsValue, true };
    if (present)
        return { &present->value, false };
    m_core->countRefused(*fresh);
    return { nullptr, false };
}

template <typename Key, typename T>
typename SyncCache<Key, T>::TryInsertResult
SyncCache<Key, T>::tryInsert(const Key &key, T value, const SyncCacheEntryOptions &options)
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
        const quint64 hash = m_core->hashOf(key);
        Writer pin(m_core->map().domain(), Writer::Unlinked::LeftToCaller);
        if (const Entry *entry = m_core->peek(hash, key))
            return { entry->value, false };
        // Copied before it is published: a copy that throws then has had no effect.
        TryInsertResult result = { value, true };
        const TryInsertPointer there = insertIfAbsent(pin, hash, key, value, options);
        if (there.value && !there.inserted)
            return { *there.value, false };
        result.inserted = there.inserted;
        return result;
    }
}

template <typename Key, typename T>
typename SyncCache<Key, T>::TryInsertPointer
SyncCache<Key, T>::tryInsert(const Key &key, T &&value, const Guard &guard,
                             const SyncCacheEntryOptions &options)
{
    static_assert(std::is_move_assignable_v<T>,
                  "tryInsert() under a guard gives values back by move assignment");
    guard.m_pin.check(m_core->map().domain());
    const quint64 hash = m_core->hashOf(key);
    Writer pin(m_core->map().domain(), Writer::Unlinked::LeftToCaller);
    if (const Entry *entry = m_core->peek(hash, key))
        return { &entry->value, false };
    return insertIfAbsent(pin, hash, key, value, options);
}

template <typename Key, typename T>
std::optional<T> SyncCache<Key, T>::exchange(const Key &key, const T &value)
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
        // The previous value is copied before it is replaced: a copy that throws has had no effect.
        std::optional<T> previous;
        compute(key, [&](const T *current) {
            if (current)
                previous.emplace(*current);
            else
                previous.reset();
            return std::optional<T>(value);
        });
        return previous;
    }
}

template <typename Key, typename T>
template <typename Make>
T SyncCache<Key, T>::getOrInsert(const Key &key, Make &&make, const SyncCacheEntryOptions &options)
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                  && SyncMapInternal::MakesValue<T, Make>::value) {
        if (std::optional<T> found = find(key))
            return std::move(*found);
        return tryInsert(key, std::forward<Make>(make)(), options).value;
    }
}

template <typename Key, typename T>
bool SyncCache<Key, T>::compareExchange(const Key &key, const T &expected, const T &desired)
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                  && SyncMapInternal::ComparesValues<T>::value) {
        const quint64 hash = m_core->hashOf(key);
        Writer pin(m_core->map().domain(), Writer::Unlinked::LeftToCaller);
        for (;;) {
            const Position seen = m_core->map().find(hash, key);
            const Entry *entry = seen ? m_core->aliveOf(Core::entryOf(seen.node), false) : nullptr;
            if (!entry || !(entry->value == expected))
                return false;
            const auto plan = m_core->planOf({}, entry);
            if (plan.isOver()) {
                if (m_core->remove(pin, seen, SyncCacheRemovalCause::Expired))
                    return false;
                continue;
            }
            auto fresh = m_core->makeNode(hash, key, T(desired), plan);
            const Exchange done = m_core->replace(pin, seen, fresh);
            if (done == Exchange::Refused)
                m_core->countRefused(*fresh);
            if (done != Exchange::Missed)
                return done == Exchange::Done;
        }
    }
}

template <typename Key, typename T>
bool SyncCache<Key, T>::remove(const Key &key, const T &expected)
{
    if constexpr (SyncMapInternal::ComparesValues<T>::value) {
        const quint64 hash = m_core->hashOf(key);
        Writer pin(m_core->map().domain(), Writer::Unlinked::LeftToCaller);
        while (const Position seen = m_core->map().find(hash, key)) {
            const Entry *entry = m_core->aliveOf(Core::entryOf(seen.node), false);
            if (!entry || !(entry->value == expected))
                return false;
            if (m_core->remove(pin, seen, SyncCacheRemovalCause::Explicit))
                return true;
        }
        return false;
    }
}

template <typename Key, typename T>
template <typename Function>
std::optional<T> SyncCache<Key, T>::compute(const Key &key, Function &&f)
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value
                  && SyncMapInternal::ComputesValue<T, Function &>::value) {
        return computeOrLeave(key, [&f](const T *current) {
            return SyncMapInternal::Made<T> { f(current), false };
        });
    }
}

template <typename Key, typename T>
template <typename Function>
std::optional<T> SyncCache<Key, T>::computeOrLeave(const Key &key, Function &&f)
{
    const quint64 hash = m_core->hashOf(key);
    Writer pin(m_core->map().domain(), Writer::Unlinked::LeftToCaller);
    const auto wins = [&] {
        m_core->loads.supersedeLocked(hash, key);
        return true;
    };
    for (;;) {
        const Position seen = m_core->map().find(hash, key);
        const Entry *entry = seen ? &Core::entryOf(seen.node) : nullptr;
        if (entry && !m_core->isAlive(*entry))
            entry = nullptr;
        SyncMapInternal::Made<T> result =
                f(entry ? &entry->value : static_cast<const T *>(nullptr));
        std::optional<T> &made = result.value;
        if (result.isLeft)
            return std::nullopt;
        if (!made) {
            if (entry ? m_core->remove(pin, seen, SyncCacheRemovalCause::Explicit)
                      : m_core->supersedeAbsent(hash, key))
                return std::nullopt;
            continue;
        }
        const auto plan = m_core->planOf({}, entry);
        if (plan.isOver()) {
            if (entry ? m_core->remove(pin, seen, SyncCacheRemovalCause::Expired)
                      : m_core->supersedeAbsent(hash, key))
                return std::nullopt;
            continue;
        }
        auto fresh = m_core->makeNode(hash, key, T(*made), plan);
        const Exchange done = entry
                ? m_core->replace(pin, seen, fresh)
                : toExchange(m_core->store(pin, fresh, IfPresent::Keep, wins).outcome);
        if (done == Exchange::Done)
            return std::move(made);
        if (done == Exchange::Refused) {
            m_core->countRefused(*fresh);
            return std::nullopt;
        }
    }
}

template <typename Key, typename T>
bool SyncCache<Key, T>::remove(const Key &key)
{
    const quint64 hash = m_core->hashOf(key);
    Writer pin(m_core->map().domain(), Writer::Unlinked::LeftToCaller);
    do {
        while (const Position seen = m_core->map().find(hash, key)) {
            const bool alive = m_core->isAlive(Core::entryOf(seen.node));
            if (m_core->remove(pin, seen, SyncCacheRemovalCause::Explicit))
                return true;
            if (!alive)
                break;
        }
    } while (!m_core->supersedeAbsent(hash, key));
    return false;
}

template <typename Key, typename T>
std::optional<T> SyncCache<Key, T>::take(const Key &key)
{
    if constexpr (SyncMapInternal::CopiesCachedValues<T>::value) {
        const quint64 hash = m_core->hashOf(key);
        Writer pin(m_core->map().domain(), Writer::Unlinked::LeftToCaller);
        do {
            while (const Position seen = m_core->map().find(hash, key)) {
                const Entry &entry = Core::entryOf(seen.node);
                if (!m_core->isAlive(entry))
                    break;
                std::optional<T> taken(entry.value);
                if (m_core->remove(pin, seen, SyncCacheRemovalCause::Explicit))
                    return taken;
            }
        } while (!m_core->supersedeAbsent(hash, key));
        return std::nullopt;
    }
}

template <typename Key, typename T>
template <typename Predicate>
qsizetype SyncCache<Key, T>::removeIf(Predicate &&predicate)
{
    if constexpr (SyncMapInternal::ChoosesEntries<Key, T, Predicate &>::value) {
        qsizetype removed = 0;
        m_core->map().template forEach<Reader>([&](const Reader &, const Position &position) {
            for (Position seen = position; seen; seen = m_core->map().findAgain(position.node)) {
                const Entry *entry = m_core->aliveOf(Core::entryOf(seen.node), false);
                const Key &key = seen.node->key;
                if (!entry || !predicate(key, entry->value))
                    break;
                Writer pin(m_core->map().domain(), Writer::Unlinked::LeftToCaller);
                if (m_core->remove(pin, seen, SyncCacheRemovalCause::Explicit)) {
                    ++removed;
                    break;
                }
            }
            return true;
        });
        return removed;
    }
}

QT_WARNING_POP
