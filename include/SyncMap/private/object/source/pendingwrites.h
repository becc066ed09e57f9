// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/cachesource.h>

#include <QtCore/qmutex.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Writes to a map that are not confirmed yet, and may be taken back. Of each key, what was there
// before the first of them, and what each has written:
//
//   before, first, second, third    shown is third
//
// One that is taken back leaves the list; if it was the last, what is shown then is the one before it.
// One that is confirmed is what was there before those that came after it: the earlier ones are
// covered by it. So the order in which they end makes no difference to what is shown at the end, but
// for this.
//
// The list ends when anybody else writes or removes the key, also the same value: nothing of his is
// taken back. That is known by the news of the map (see WatchedWrites), and by comparing, in the same
// step in which the value is replaced, for those whose news are still on their way. What the map gave
// up for room or by time is no such thing: what was there before it comes back.
//
// Any thread. The mutex is not held while the map is used.
class SYNCMAP_EXPORT PendingWrites
{
public:
    // A value as the map keeps it, and shows it; nullopt, with the reason, if it cannot.
    using AsKept = std::optional<QVariant> (*)(const QVariant &value, QString *why);

    PendingWrites(CacheSource *map, AsKept asKept) noexcept : m_map(map), m_asKept(asKept) { }
    Q_DISABLE_COPY_MOVE(PendingWrites)
    ~PendingWrites() = default;

    // As CacheSource::compute(). If it is kept, \a id is what it is called from then on.
    CacheSource::Computed write(const QString &key, const QVariant &value, quint64 *id,
                                QString *why);
    // True if what it wrote was shown, and is so no more, be it that the map had given it up.
    bool takeBack(const QString &key, quint64 id);
    // What it wrote stays; or \a answer, which is valid then, takes its place. With the reason, if
    // that cannot be kept.
    void confirm(const QString &key, quint64 id, const QVariant &answer, QString *why);

    // By the map's news.
    bool mayBeOfOthers() const noexcept;
    template <typename ToText>
    void overwritten(quint64 hash, ToText &&toText)
    {
        const std::lock_guard lock(m_mutex);
        const auto [begin, end] = m_lists.equal_range(hash);
        for (auto it = begin; it != end; ++it) {
            if (it->second.key == toText()) {
                eraseLocked(it);
                return;
            }
        }
    }
    void overwrittenAll();

private:
    struct Write
    {
        quint64 id;
        QVariant value;
    };
    struct List
    {
        QString key;
        std::optional<QVariant> before;
        bool wasStale = false; // that
        std::vector<Write> writes;
    };
    using Lists = std::unordered_multimap<quint64, List>; // by the map's hash
    class OwnWrite;

    bool isTimed() const;
    Lists::iterator findLocked(const QString &key);
    void eraseLocked(Lists::iterator list);
    bool replace(const QString &key, const QVariant &expected, const std::optional<QVariant> &next);

    CacheSource *const m_map;
    const AsKept m_asKept;
    QMutex m_mutex;
    Lists m_lists;
    std::atomic<qsizetype> m_count { 0 }; // of the lists
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
