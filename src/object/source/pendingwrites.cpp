// SPDX-License-Identifier: MIT
#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/private/object/source/pendingwrites.h>

#include <SyncMap/private/object/value/value.h>

#include <algorithm>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// Whose write is under way in this thread: its news is no other's.
thread_local const PendingWrites *writerHere = nullptr;

// Of what cannot be compared, the news of the map alone say whether it is still there.
bool isThat(const QVariant &present, const QVariant &expected)
{
    return isSameValue(present, expected)
            || (present.metaType() == expected.metaType() && !isSameValue(expected, expected));
}

} // namespace

class PendingWrites::OwnWrite
{
public:
    explicit OwnWrite(const PendingWrites *writes) noexcept
        : m_outer(std::exchange(writerHere, writes))
    {
    }
    Q_DISABLE_COPY_MOVE(OwnWrite)
    ~OwnWrite() { writerHere = m_outer; }

private:
    const PendingWrites *const m_outer;
};

CacheSource::Computed PendingWrites::write(const QString &key, const QVariant &value, quint64 *id,
                                           QString *why)
{
    static std::atomic<quint64> lastId { 0 };

    std::optional<QVariant> kept = m_asKept(value, why);
    if (!kept)
        return CacheSource::Computed::Refused;
    const bool wasStale = m_map->peek(key).isStale;
    std::optional<QVariant> before;
    auto outcome = CacheSource::Computed::Refused;
    {
        const OwnWrite own(this);
        outcome = m_map->compute(
                key,
                [&](const QVariant *present) {
                    before = present ? std::optional(*present) : std::nullopt;
                    return kept;
                },
                why);
    }
    const std::lock_guard lock(m_mutex);
    auto list = findLocked(key);
    const bool isContinued = list != m_lists.end() && outcome == CacheSource::Computed::Kept
            && (!before || isThat(*before, list->second.writes.back().value));
    if (list != m_lists.end() && !isContinued) {
        eraseLocked(list);
        list = m_lists.end();
    }
    if (outcome != CacheSource::Computed::Kept)
        return outcome;
    if (!isContinued) {
        list = m_lists.emplace(m_map->placeOf(key), List { key, before, wasStale, {} });
        m_count.store(qsizetype(m_lists.size()), std::memory_order_relaxed); // relaxed: see below
    }
    *id = ++lastId;
    list->second.writes.push_back({ *id, *kept });
    return outcome;
}

bool PendingWrites::takeBack(const QString &key, quint64 id)
{
    QVariant expected;
    std::optional<QVariant> next;
    bool wasStale = false;
    {
        const std::lock_guard lock(m_mutex);
        const auto list = findLocked(key);
        if (list == m_lists.end())
            return false;
        auto &writes = list->second.writes;
        const auto its = std::find_if(writes.begin(), writes.end(),
                                      [id](const Write &one) { return one.id == id; });
        if (its == writes.end())
            return false;
        const bool isLast = std::next(its) == writes.end();
        expected = its->value;
        writes.erase(its);
        if (!isLast)
            return false;
        next = writes.empty() ? list->second.before : writes.back().value;
        wasStale = writes.empty() && list->second.wasStale;
        if (writes.empty())
            eraseLocked(list);
    }
    if (!replace(key, expected, next))
        return false;
    if (next && (wasStale || isTimed()))
        m_map->invalidate(key);
    return true;
}

void PendingWrites::confirm(const QString &key, quint64 id, const QVariant &answer, QString *why)
{
    const std::optional<QVariant> next = answer.isValid() ? m_asKept(answer, why) : std::nullopt;
    if (next)
        m_map->keepObject(key, *next); // it may come to be shown much later, by a taking back
    QVariant expected;
    {
        const std::lock_guard lock(m_mutex);
        const auto list = findLocked(key);
        if (list == m_lists.end())
            return;
        auto &writes = list->second.writes;
        const auto its = std::find_if(writes.begin(), writes.end(),
                                      [id](const Write &one) { return one.id == id; });
        if (its == writes.end())
            return;
        expected = its->value;
        if (std::next(its) != writes.end()) {
            list->second.before = next ? *next : expected;
            list->second.wasStale = false;
            writes.erase(writes.begin(), std::next(its));
            return;
        }
        eraseLocked(list);
    }
    if (next)
        (void)replace(key, expected, next);
}

// Only if \a expected is there; or nothing, since the map gave it up.
bool PendingWrites::replace(const QString &key, const QVariant &expected,
                            const std::optional<QVariant> &next)
{
    const auto look = m_map->peek(key);
    bool isReplaced = !look.exists || isThat(look.value, expected);
    if (isReplaced) {
        const OwnWrite own(this);
        if (next) {
            QString why;
            (void)m_map->compute(
                    key,
                    [&](const QVariant *present) {
                        isReplaced = !present || isThat(*present, expected);
                        return isReplaced ? next : std::nullopt;
                    },
                    &why);
        } else if (look.exists) {
            isReplaced = m_map->removeIf(
                    key, [&](const QVariant &present) { return isThat(present, expected); });
        }
    }
    if (!isReplaced) {
        const std::lock_guard lock(m_mutex);
        const auto list = findLocked(key);
        if (list != m_lists.end())
            eraseLocked(list);
    }
    return isReplaced;
}

// relaxed: who writes before the count is seen wrote before the list was there, or is compared with.
bool PendingWrites::mayBeOfOthers() const noexcept
{
    return m_count.load(std::memory_order_relaxed) > 0 && writerHere != this;
}

void PendingWrites::overwrittenAll()
{
    const std::lock_guard lock(m_mutex);
    m_lists.clear();
    m_count.store(0, std::memory_order_relaxed); // relaxed: as above
}

// How old what comes back was is not known any more.
bool PendingWrites::isTimed() const
{
    const auto numbers = m_map->numbers();
    return numbers.timeToLive != SyncCacheForever || numbers.staleTime != SyncCacheForever;
}

PendingWrites::Lists::iterator PendingWrites::findLocked(const QString &key)
{
    const auto [begin, end] = m_lists.equal_range(m_map->placeOf(key));
    const auto found =
            std::find_if(begin, end, [&key](const auto &one) { return one.second.key == key; });
    return found == end ? m_lists.end() : found;
}

void PendingWrites::eraseLocked(Lists::iterator list)
{
    m_lists.erase(list);
    m_count.store(qsizetype(m_lists.size()), std::memory_order_relaxed); // relaxed: as above
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
