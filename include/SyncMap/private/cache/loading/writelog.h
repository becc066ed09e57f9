// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>
#include <QtCore/qstringlist.h>

#include <algorithm>
#include <unordered_map>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What was written, removed and taken back since a load began, as far as somebody may ask: a write
// wins over loads. Epochs count what happened; whoever compares keeps the one in which he began.
// Under the cache's lock.
//
// Bounded: what is forgotten counts as having happened when it was forgotten.
class WriteLog
{
public:
    using Epoch = quint64;
    static constexpr std::size_t MaximalCount = 4096;
    static constexpr std::size_t MaximalCountOfAll = 262144; // some 10 MB, for a short while

    Epoch now() const noexcept { return m_epoch; }

    // Of all keys.
    void allWritten() noexcept { m_allWritten = ++m_epoch; }
    void allRemoved() noexcept { m_allRemoved = ++m_epoch; }
    bool wasAllWrittenSince(Epoch epoch) const noexcept { return m_allWritten > epoch; }
    bool wasAllRemovedSince(Epoch epoch) const noexcept { return m_allRemoved > epoch; }

    // Of a key, as long as somebody keeps an eye on them.
    void watch() noexcept { ++m_watchers; }
    void unwatch() noexcept
    {
        if (--m_watchers == 0)
            m_written = {}; // with its memory
    }
    // Of all that is said, also of tags, whether there are loads or not.
    void watchAll() noexcept
    {
        ++m_watchersOfAll;
        watch();
    }
    void unwatchAll() noexcept
    {
        if (--m_watchersOfAll == 0)
            m_amended = {};
        unwatch();
    }
    bool isWatched() const noexcept { return m_watchers != 0; }
    // \a by: a load, which may write again what it wrote; just to be compared.
    void written(quint64 hash, const void *by = nullptr) noexcept
    {
        if (Q_LIKELY(m_watchers == 0))
            return;
        note(m_written, hash, { ++m_epoch, by }, m_allForgotten,
             m_watchersOfAll == 0 ? MaximalCount : MaximalCountOfAll);
    }
    bool wasWrittenSince(quint64 hash, Epoch epoch, const void *by = nullptr) const
    {
        const auto found = m_written.find(hash);
        const bool isNoted = found != m_written.end() && found->second.epoch > epoch
                && (!by || found->second.by != by);
        return m_allForgotten > epoch || isNoted || wasAllWrittenSince(epoch)
                || wasAllRemovedSince(epoch);
    }

    // Of a key's options, which is no write: for those who watch all.
    void amended(quint64 hash) noexcept
    {
        if (Q_UNLIKELY(m_watchersOfAll != 0))
            note(m_amended, hash, ++m_epoch, m_amendmentsForgotten, MaximalCountOfAll);
    }
    bool wasAmendedSince(quint64 hash, Epoch epoch) const
    {
        const auto found = m_amended.find(hash);
        return m_amendmentsForgotten > epoch || (found != m_amended.end() && found->second > epoch);
    }

    // Of a tag, as long as there are loads.
    void tagRemoved(const QString &tag) noexcept
    {
        note(m_tags, tag, ++m_epoch, m_tagsForgotten, MaximalCount);
    }
    void forgetTags() noexcept
    {
        if (m_watchersOfAll == 0)
            m_tags.clear();
    }
    bool wasAnyRemovedSince(const QStringList &tags, Epoch epoch) const
    {
        if (tags.isEmpty())
            return false;
        return m_tagsForgotten > epoch
                || std::any_of(tags.cbegin(), tags.cend(), [this, epoch](const QString &tag) {
                       const auto found = m_tags.find(tag);
                       return found != m_tags.end() && found->second > epoch;
                   });
    }

private:
    struct Written
    {
        Epoch epoch = 0;
        const void *by = nullptr;
    };

    template <typename What, typename Note>
    void note(std::unordered_map<What, Note> &notes, const What &what, const Note &fresh,
              Epoch &forgotten, std::size_t most) noexcept
    {
        QT_TRY
        {
            notes[what] = fresh;
            if (notes.size() <= most)
                return;
        }
        QT_CATCH(...) { }
        notes.clear();
        forgotten = m_epoch;
    }

    Epoch m_epoch = 1;
    Epoch m_allWritten = 0;
    Epoch m_allRemoved = 0;
    Epoch m_allForgotten = 0;
    Epoch m_tagsForgotten = 0;
    Epoch m_amendmentsForgotten = 0;
    qsizetype m_watchers = 0;
    qsizetype m_watchersOfAll = 0;
    std::unordered_map<quint64, Written> m_written;
    std::unordered_map<quint64, Epoch> m_amended;
    std::unordered_map<QString, Epoch> m_tags;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
