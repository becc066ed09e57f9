// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/source.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

class CacheFollower;

// How far a flush has come: it tells the news that was there when it began, a batch in each turn of
// the event loop. First, if any key may have changed, each entry and each row is looked at; then come
// the keys that changed, as the source gives them; last, if need be, all keys there are.
class NewsRound
{
public:
    using SourcePointer = std::shared_ptr<CacheSource>;

    bool isUnderWay() const noexcept { return m_isUnderWay; }
    // News of another source is none of this one.
    bool isOf(const SourcePointer &source) const { return m_source.lock() == source; }

    void begin(const SourcePointer &source)
    {
        *this = {};
        m_isUnderWay = true;
        m_source = source;
        events = source->beginRound();
    }
    // That a batch was told. Ends the round if it was the last one.
    void step(CacheSource &source)
    {
        m_isUnderWay =
                !entries.isEmpty() || isAnyEventLeft() || isWalking() || !source.isRoundOver();
    }

    bool isAnyEventLeft() const noexcept { return events.isCleared || events.isAnyChanged; }

    // Over all keys, in steps.
    void beginWalk() noexcept { m_cursor = {}; }
    bool isWalking() const noexcept { return !m_cursor.isAtEnd || !m_walked.isEmpty(); }
    QStringList walk(CacheSource &source, qsizetype most)
    {
        while (!m_cursor.isAtEnd && m_walked.size() < most) {
            source.walkKeys(&m_cursor, [&](const QString &key) {
                m_walked.append(key);
                return m_walked.size() < most;
            });
        }
        QStringList keys = m_walked.mid(0, most);
        m_walked.remove(0, keys.size());
        return keys;
    }

    CacheSource::Events events; // that nobody was told of
    QStringList entries; // the keys of those that have to look
    QList<CacheFollower *> followers; // likewise, if they still follow

private:
    bool m_isUnderWay = false;
    std::weak_ptr<CacheSource> m_source;
    CacheSource::Cursor m_cursor { 0, true };
    QStringList m_walked; // beyond what was asked for
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
