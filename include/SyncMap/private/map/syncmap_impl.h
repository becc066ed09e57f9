// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/syncmap.h>

#include <QtCore/qscopeguard.h>

// What a member cannot do with these types, an assertion says. GCC would say on top of it that nothing
// is returned.
QT_WARNING_PUSH
QT_WARNING_DISABLE_GCC("-Wreturn-type")

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
    if constexpr (SyncMapInternal::CopiesValues<T>::value) {
        const Reader pin(m_engine.domain());
        const Position found = m_engine.find(m_engine.hashOf(key), key);
        return found ? std::optional<T>(*found.node->value.pointer()) : std::nullopt;
    }
}

template <typename Key, typename T>
template <typename Other, typename... Default>
T SyncMap<Key, T>::valueLike(const Other &key, const Default &...defaultValue) const
{
    using Defaulted = std::conditional_t<sizeof...(Default) == 0, T, int>;
    if constexpr (SyncMapInternal::CopiesValues<T>::value
                  && SyncMapInternal::HasDefaultValue<Defaulted>::value) {
        const Reader pin(m_engine.domain());
        const Position found = m_engine.find(m_engine.hashOf(key), key);
        return found ? *found.node->value.pointer() : T(defaultValue...);
    }
}

template <typename Key, typename T>
template <typename Other>
bool SyncMap<Key, T>::containsLike(const Other &key) const
{
    const Reader pin(m_engine.domain());
    return bool(m_engine.find(m_engine.hashOf(key), key));
}

template <typename Key, typename T>
template <typename Other>
std::optional<Key> SyncMap<Key, T>::storedKeyLike(const Other &key) const
{
    if constexpr (SyncMapInternal::CopiesKeys<Key>::value) {
        const Reader pin(m_engine.domain());
        const Position found = m_engine.find(m_engine.hashOf(key), key);
        return found ? std::optional<Key>(found.node->key) : std::nullopt;
    }
}

template <typename Key, typename T>
template <typename Other>
QList<std::optional<T>> SyncMap<Key, T>::findArray(const Other *keys, qsizetype count) const
{
    if constexpr (SyncMapInternal::CopiesValues<T>::value) {
        QList<std::optional<T>> result;
        result.reserve(count);
        const Reader pin(m_engine.domain());
        m_engine.findMany(keys, count, [&result](qsizetype, const auto *node) {
            if (node)
                result.emplace_back(*node->value.pointer());
            else
                result.emplace_back();
        });
        return result;
    }
}

template <typename Key, typename T>
template <typename Other>
void SyncMap<Key, T>::insertLike(Other &&key, T &&value)
{
    const quint64 hash = m_engine.hashOf(key);
    // What takes a while to measure is not measured under a pin, which would hold back what others
    // free.
    if constexpr (Engine::isMeasuredOnce) {
        auto fresh = m_engine.makeNode(hash, std::forward<Other>(key), std::move(value));
        Writer pin(m_engine.domain());
        m_engine.publish(pin, fresh, IfPresent::Replace);
    } else {
        Writer pin(m_engine.domain());
        if constexpr (Engine::InPlace) {
            while (const Position seen = m_engine.find(hash, key)) {
                if (m_engine.overwrite(pin, seen, SyncMapInternal::toRaw(value)))
                    return;
            }
        }
        m_engine.prefetch(hash); // arrives while the node is made
        auto fresh = m_engine.makeNode(hash, std::forward<Other>(key), std::move(value));
        m_engine.publish(pin, fresh, IfPresent::Replace);
    }
}

template <typename Key, typename T>
template <typename Other>
bool SyncMap<Key, T>::insertOrAssignLike(Other &&key, T &&value)
{
    const quint64 hash = m_engine.hashOf(key);
    if constexpr (Engine::InPlace) {
        Writer pin(m_engine.domain());
        Attempt attempt;
        while (!attempt.metClaim) {
            const Position seen = m_engine.find(hash, key);
            if (!seen)
                break;
            if (m_engine.overwrite(pin, seen, SyncMapInternal::toRaw(value), &attempt))
                return false;
        }
    }
    auto fresh = m_engine.makeNode(hash, std::forward<Other>(key), std::move(value));
    return tryPublish(fresh, hash, IfPresent::Replace, [](const auto &) {});
}

template <typename Key, typename T>
template <typename Other>
bool SyncMap<Key, T>::replaceLike(const Other &key, T &&value)
{
    using Change = typename Engine::Change;
    const quint64 hash = m_engine.hashOf(key);
    std::optional<typename Engine::NodePointer> fresh;
    {
        Writer pin(m_engine.domain());
        for (Attempt attempt; attempt.isAllowed(Engine::Traits::claimAfter);) {
            const Position seen = m_engine.find(hash, key);
            if (!seen)
                return false;
            if constexpr (Engine::InPlace) {
                if (m_engine.overwrite(pin, seen, SyncMapInternal::toRaw(value), &attempt))
                    return true;
            } else {
                if (!fresh)
                    fresh.emplace(m_engine.makeNode(hash, key, std::move(value)));
                if (m_engine.replace(pin, seen, seen.node->value.observe(), *fresh, &attempt))
                    return true;
            }
        }
    }
    if (!fresh)
        fresh.emplace(m_engine.makeNode(hash, key, std::move(value)));
    bool isPresent = false;
    m_engine.modifyClaimed(hash, key, [&](const T *current) -> Change {
        isPresent = current;
        return isPresent ? Change { true, &*fresh } : Change();
    });
    return isPresent;
}

template <typename Key, typename T>
void SyncMap<Key, T>::insert(const QHash<Key, T> &entries)
{
    reserve(entries.size());
    for (auto it = entries.cbegin(); it != entries.cend(); ++it)
        insert(it.key(), it.value());
}

template <typename Key, typename T>
void SyncMap<Key, T>::insert(QHash<Key, T> &&entries)
{
    if (!entries.isDetached())
        return insert(std::as_const(entries));
    reserve(entries.size());
    for (auto it = entries.begin(); it != entries.end(); ++it)
        insert(it.key(), std::move(it.value()));
    entries.clear();
}

template <typename Key, typename T>
template <typename Iterator>
void SyncMap<Key, T>::insertEntry(Iterator &entry)
{
    if constexpr (SyncMapInternal::HasKeyAndValue<Iterator>::value) {
        insert(entry.key(), entry.value());
    } else {
        auto &&pair = *entry;
        insert(std::forward<decltype(pair)>(pair).first, std::forward<decltype(pair)>(pair).second);
    }
}

template <typename Key, typename T>
template <typename Range>
void SyncMap<Key, T>::insertRange(const Range &entries)
{
    if constexpr (std::is_same_v<Range, SyncMap>) {
        if (this == &entries)
            return;
        reserve(entries.size());
        entries.forEach([this](const Key &key, const T &value) { insert(key, value); });
    } else {
        insertFrom(std::begin(entries), std::end(entries));
    }
}

template <typename Key, typename T>
template <typename Iterator, typename End>
void SyncMap<Key, T>::insertFrom(Iterator first, End last)
{
    // A range of C++20's may end with something that is no iterator.
    if constexpr (std::is_same_v<Iterator, End>) {
        using Category = typename std::iterator_traits<Iterator>::iterator_category;
        if constexpr (std::is_base_of_v<std::forward_iterator_tag, Category>)
            reserve(qsizetype(std::distance(first, last)));
    }
    for (; first != last; ++first)
        insertEntry(first);
}

template <typename Key, typename T>
template <typename Range>
qsizetype SyncMap<Key, T>::removeRange(const Range &keys)
{
    qsizetype removed = 0;
    for (const auto &key : keys)
        removed += remove(key);
    return removed;
}

// Puts the node in, if it may, whose turn it is permitting. Calls present(node) with the one that was
// there before, under a pin; true if there was none.
template <typename Key, typename T>
template <typename Present>
bool SyncMap<Key, T>::tryPublish(typename Engine::NodePointer &fresh, quint64 hash,
                                 IfPresent ifPresent, Present &&present)
{
    {
        Writer pin(m_engine.domain());
        Attempt attempt;
        if (const auto *found = m_engine.publish(pin, fresh, ifPresent, &attempt)) {
            present(*found);
            return false;
        }
        if (Q_LIKELY(!attempt.metClaim))
            return true;
    }
    std::optional<typename Engine::ClaimedKey> claimed(std::in_place, m_engine, hash, fresh->key);
    for (;;) {
        claimed->waitForTurn();
        Writer pin(m_engine.domain());
        Attempt attempt;
        const auto *found = m_engine.publish(pin, fresh, ifPresent, &attempt);
        if (Q_UNLIKELY(attempt.metClaim))
            continue; // an older one has the turn
        claimed.reset(); // under the pin: its key may be in a node that others remove
        if (found)
            present(*found);
        return !found;
    }
}

template <typename Key, typename T>
template <typename Other>
typename SyncMap<Key, T>::TryInsertResult SyncMap<Key, T>::tryInsertLike(Other &&key, T &&value)
{
    if constexpr (SyncMapInternal::CopiesValues<T>::value) {
        const quint64 hash = m_engine.hashOf(key);
        {
            const Reader pin(m_engine.domain());
            if (const Position found = m_engine.find(hash, key))
                return { *found.node->value.pointer(), false };
        }
        // Copied before it is published: a copy that throws then has had no effect.
        TryInsertResult result = { value, true };
        auto fresh = m_engine.makeNode(hash, std::forward<Other>(key), std::move(value));
        std::optional<T> there;
        if (tryPublish(fresh, hash, IfPresent::Keep,
                       [&there](const auto &node) { there.emplace(*node.value.pointer()); }))
            return result;
        return { *std::move(there), false };
    }
}

template <typename Key, typename T>
template <typename Other>
typename SyncMap<Key, T>::TryInsertPointer SyncMap<Key, T>::tryInsertLike(Other &&key, T &&value,
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
    auto fresh = m_engine.makeNode(hash, std::forward<Other>(key), std::move(value));
    // If somebody is faster, or publishing throws, the caller gets the value back.
    const auto giveBack = qScopeGuard([&] {
        if constexpr (!Engine::InPlace && std::is_move_assignable_v<T>) {
            if (fresh)
                value = std::move(fresh->value.mutableValue());
        }
    });
    ConstPointer result = fresh->value.pointer();
    const bool isInserted = tryPublish(fresh, hash, IfPresent::Keep, [&result](const auto &node) {
        result = node.value.pointer();
    });
    return { result, isInserted };
}

template <typename Key, typename T>
template <typename Other, typename Make>
T SyncMap<Key, T>::getOrInsertLike(const Other &key, Make &&make)
{
    if constexpr (SyncMapInternal::CopiesValues<T>::value
                  && SyncMapInternal::MakesValue<T, Make>::value) {
        const quint64 hash = m_engine.hashOf(key);
        {
            const Reader pin(m_engine.domain());
            if (const Position found = m_engine.find(hash, key))
                return *found.node->value.pointer();
        }
        T made = std::forward<Make>(make)(); // may take long: not under a pin
        auto fresh = m_engine.makeNode(hash, key, made);
        std::optional<T> there;
        if (tryPublish(fresh, hash, IfPresent::Keep,
                       [&there](const auto &node) { there.emplace(*node.value.pointer()); }))
            return made;
        return *std::move(there);
    }
}

template <typename Key, typename T>
template <typename Other, typename... Arguments>
bool SyncMap<Key, T>::tryEmplaceLike(Other &&key, Arguments &&...arguments)
{
    if constexpr (SyncMapInternal::BuildsValue<T, Arguments...>::value) {
        const quint64 hash = m_engine.hashOf(key);
        {
            const Reader pin(m_engine.domain());
            if (m_engine.find(hash, key))
                return false;
        }
        auto fresh = m_engine.emplaceNode(hash, std::forward<Other>(key),
                                          std::forward<Arguments>(arguments)...);
        return tryPublish(fresh, hash, IfPresent::Keep, [](const auto &) {});
    }
}

// The read-modify-writes. Each tries without a claim first: look at the value where it is, make what
// is to replace it, commit if nobody was faster. What follows the attempts claims the key, see
// claim.h. Values are copied before they are replaced: a copy that throws then has had no effect.

template <typename Key, typename T>
template <typename Other>
std::optional<T> SyncMap<Key, T>::exchangeLike(Other &&key, T &&value)
{
    if constexpr (SyncMapInternal::CopiesValues<T>::value) {
        using Change = typename Engine::Change;
        const quint64 hash = m_engine.hashOf(key);
        std::optional<typename Engine::NodePointer> fresh;
        const auto makeFresh = [&] {
            fresh.emplace(m_engine.makeNode(hash, std::forward<Other>(key), std::move(value)));
        };
        if constexpr (!Engine::InPlace)
            makeFresh();
        {
            Writer pin(m_engine.domain());
            for (Attempt attempt; attempt.isAllowed(Engine::Traits::claimAfter);) {
                const Position seen =
                        fresh ? m_engine.find(hash, (*fresh)->key) : m_engine.find(hash, key);
                if (!seen) {
                    if (!fresh)
                        makeFresh();
                    if (!m_engine.publish(pin, *fresh, IfPresent::Keep, &attempt)
                        && !attempt.metClaim)
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
            if (current)
                previous.emplace(*current);
            else
                previous.reset();
            return { true, &*fresh };
        });
        return previous;
    }
}

template <typename Key, typename T>
template <typename Other>
bool SyncMap<Key, T>::compareExchangeLike(const Other &key, const T &expected, T &&desired)
{
    if constexpr (SyncMapInternal::ComparesValues<T>::value
                  && SyncMapInternal::CopiesValues<T>::value) {
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
template <typename Other>
bool SyncMap<Key, T>::removeEqual(const Other &key, const T &expected)
{
    if constexpr (SyncMapInternal::ComparesValues<T>::value) {
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
}

template <typename Key, typename T>
template <typename Other>
std::optional<T> SyncMap<Key, T>::takeLike(const Other &key)
{
    if constexpr (SyncMapInternal::CopiesValues<T>::value) {
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
            if (!current) {
                taken.reset();
                return {};
            }
            taken.emplace(*current);
            return { true, nullptr };
        });
        return taken;
    }
}

template <typename Key, typename T>
template <typename Other, typename Function>
bool SyncMap<Key, T>::takeLaterLike(const Other &key, Function &&f)
{
    if constexpr (SyncMapInternal::TakesValue<T, std::decay_t<Function> &>::value) {
        if constexpr (SyncMapInternal::isTakenLater<T>) {
            struct Taker final : SyncMapInternal::ValueTaker<T>
            {
                explicit Taker(Function &&itsF) : f(std::forward<Function>(itsF)) { }
                void take(T &&value) override { f(std::move(value)); }
                std::decay_t<Function> f;
            };
            // Before the removal, which must not fail.
            auto taker = std::make_unique<Taker>(std::forward<Function>(f));
            const quint64 hash = m_engine.hashOf(key);
            {
                Writer pin(m_engine.domain());
                for (Attempt attempt; attempt.isAllowed(Engine::Traits::claimAfter);) {
                    const Position seen = m_engine.find(hash, key);
                    if (!seen)
                        return false;
                    const auto observed = seen.node->value.observe();
                    if (m_engine.remove(pin, seen, &observed, &attempt)) {
                        seen.node->setTaker(std::move(taker)); // the pin holds it back
                        return true;
                    }
                }
            }
            bool isTaken = false;
            m_engine.modifyClaimed(
                    hash, key,
                    [](const T *current) -> typename Engine::Change {
                        return { current != nullptr, nullptr };
                    },
                    [&](typename Engine::Node &node) {
                        node.setTaker(std::move(taker));
                        isTaken = true;
                    });
            return isTaken;
        } else {
            std::optional<T> taken = takeLike(key);
            if (taken)
                f(*std::move(taken));
            return taken.has_value();
        }
    }
}

template <typename Key, typename T>
template <typename Other, typename Function>
std::optional<T> SyncMap<Key, T>::computeLike(const Other &key, Function &&f)
{
    if constexpr (SyncMapInternal::CopiesValues<T>::value
                  && SyncMapInternal::ComputesValue<T, Function &>::value) {
        return computeOrLeave(key, [&f](const T *current) {
            return SyncMapInternal::Made<T> { f(current), false };
        });
    }
}

template <typename Key, typename T>
template <typename Other, typename Function>
std::optional<T> SyncMap<Key, T>::computeOrLeave(const Other &key, Function &&f)
{
    using Change = typename Engine::Change;
    using Made = SyncMapInternal::Made<T>;
    const quint64 hash = m_engine.hashOf(key);
    Q_ASSERT_X(!m_engine.isComputing(hash, key), "SyncMap::compute",
               "the function that makes a value for a key must not compute() the same key");
    std::optional<T> made;
    bool isLeft = false;
    {
        Writer pin(m_engine.domain());
        const auto make = [&](const T *current) {
            const SyncMapInternal::ComputationScope scope = m_engine.computing(hash, key);
            made.reset();
            Made result = f(current);
            isLeft = result.isLeft;
            if (result.value)
                made.emplace(*std::move(result.value));
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
                if (isLeft || m_engine.remove(pin, seen, &observed, &attempt))
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
        Made result = f(current);
        if (!result.value)
            return { current && !result.isLeft, nullptr };
        made.emplace(*std::move(result.value));
        fresh.emplace(m_engine.makeNode(hash, key, *made));
        return { true, &*fresh };
    });
    return made;
}

template <typename Key, typename T>
template <typename Function>
void SyncMap<Key, T>::forEach(Function &&f) const
{
    if constexpr (SyncMapInternal::VisitsEntries<Key, T, Function &>::value) {
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
}

template <typename Key, typename T>
template <typename Predicate>
qsizetype SyncMap<Key, T>::removeIf(Predicate &&predicate)
{
    if constexpr (SyncMapInternal::ChoosesEntries<Key, T, Predicate &>::value) {
        using Change = typename Engine::Change;
        qsizetype removed = 0;
        m_engine.template forEach<Writer>([&](Writer &pin, const Position &position) {
            const Key &key = position.node->key;
            const quint64 hash = m_engine.hashOf(*position.node);
            const auto isWanted = [&](const T &value) -> bool {
                const SyncMapInternal::ComputationScope scope = m_engine.computing(hash, key);
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
            m_engine.modifyClaimed(hash, key, [&](const T *current) -> Change {
                isRemoved = current && predicate(key, *current);
                return { isRemoved, nullptr };
            });
            removed += isRemoved;
            return true;
        });
        return removed;
    }
}

template <typename Key, typename T>
QList<Key> SyncMap<Key, T>::keys() const
{
    if constexpr (SyncMapInternal::CopiesKeys<Key>::value) {
        QList<Key> result;
        result.reserve(size());
        forEach([&result](const Key &key, const T &) { result.append(key); });
        return result;
    }
}

template <typename Key, typename T>
QList<T> SyncMap<Key, T>::values() const
{
    if constexpr (SyncMapInternal::CopiesValues<T>::value) {
        QList<T> result;
        result.reserve(size());
        forEach([&result](const Key &, const T &value) { result.append(value); });
        return result;
    }
}

template <typename Key, typename T>
QHash<Key, T> SyncMap<Key, T>::toHash() const
{
    if constexpr (SyncMapInternal::CopiesKeys<Key>::value
                  && SyncMapInternal::CopiesValues<T>::value) {
        QHash<Key, T> result;
        result.reserve(size());
        forEach([&result](const Key &key, const T &value) { result.insert(key, value); });
        return result;
    }
}

template <typename Key, typename T>
SyncMapStatistics SyncMap<Key, T>::statistics() const
{
    return SyncMapInternal::statisticsOf(m_engine);
}

QT_WARNING_POP
