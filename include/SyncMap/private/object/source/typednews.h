// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/news/news.h>
#include <SyncMap/private/object/source/typedkeys.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What changes in a map, as SourceNews.
template <typename Map>
class TypedNews : public TypedKeys<Map>
{
    using Base = TypedKeys<Map>;
    using Log = ChangeLog<typename Map::key_type>;

protected:
    using Base::tenure;
    using Base::textOf;
    using typename Base::Key;
    using typename Base::Use;

public:
    using typename Base::Events;
    using typename Base::Keys;
    using typename Base::News;

    void observe(const std::shared_ptr<NewsBell> &bell) override
    {
        Q_ASSERT(!m_log);
        const std::weak_ptr<Tenure<Map>> weakly = tenure();
        m_log = std::make_shared<Log>(bell, [weakly] {
            if (const auto closing = weakly.lock())
                closing->close();
        });
        if (const Use map { *tenure() })
            Internals::attach(*map, m_log);
    }
    Events beginRound() override
    {
        const auto summary = m_log->beginRound();
        return { summary.isCleared, summary.isAnyChanged, summary.isLoaderOther };
    }
    News takeNews(qsizetype most, Keys keys) override
    {
        News news;
        if (keys == Keys::Unwanted) {
            news.count = qsizetype(m_log->drop(std::size_t(most)));
            return news;
        }
        const auto &taken = m_log->take(std::size_t(most));
        news.count = qsizetype(taken.size());
        news.keys.reserve(news.count);
        for (const auto &one : taken)
            news.keys.append({ textOf(one.key), one.change });
        return news;
    }
    void giveBackNews(const QList<qsizetype> &places) override { m_log->giveBack(places); }
    bool isRoundOver() override { return m_log->isRoundOver(); }

protected:
    using Base::Base;
    ~TypedNews() override
    {
        const Use map(*tenure());
        if (map && m_log)
            Internals::detach(*map, m_log.get());
    }
    Q_DISABLE_COPY_MOVE(TypedNews)

private:
    std::shared_ptr<Log> m_log;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
