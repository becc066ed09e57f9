// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccache.h>
#include <SyncMap/map/syncmap.h>
#include <SyncMap/object/cachesource.h>
#include <SyncMap/object/changelog.h>
#include <SyncMap/object/derivedkeys.h>
#include <SyncMap/object/futureload.h>
#include <SyncMap/object/keytext.h>
#include <SyncMap/object/valuecodec.h>
#include <SyncMap/object/watchedwrites.h>
#include <SyncMap/reclamation/tenure.h>

#include <QtCore/qdatastream.h>

namespace SyncMapInternal {

SYNCMAP_EXPORT void warnOfKeyText(const QString &text, const char *typeName);
SYNCMAP_EXPORT void warnOfOtherKeyText(const QString &text, const QString &own);
SYNCMAP_EXPORT void warnOfUnreadableType(QMetaType type);

template <typename T>
inline constexpr bool isSyncCache = false;
template <typename Key, typename T>
inline constexpr bool isSyncCache<SyncCache<Key, T>> = true;

// A SyncMap or a SyncCache as a CacheSource.
template <typename Map>
class TypedSource : public CacheSource
{
    using Key = typename Map::key_type;
    using T = typename Map::mapped_type;
    using Text = SyncKeyText<Key>;
    using Codec = ValueCodec<T>;
    using Log = ChangeLog<Key>;
    using Use = typename Tenure<Map>::Use;

    static constexpr bool IsCache = isSyncCache<Map>;
    static constexpr bool IsStreamed =
            QTypeTraits::has_ostream_operator_v<
                    QDataStream,
                    Key> && QTypeTraits::has_istream_operator_v<QDataStream, Key> && QTypeTraits::has_ostream_operator_v<QDataStream, T> && QTypeTraits::has_istream_operator_v<QDataStream, T>;

    static_assert(std::is_copy_constructible_v<T>, "SyncCacheObject copies the values it shows");

public:
    template <typename Pointer> // Map * or std::shared_ptr<Map>
    explicit TypedSource(Pointer map) : m_tenure(std::make_shared<Tenure<Map>>(std::move(map)))
    {
        if (!isReadableByQml(QMetaType::fromType<T>()))
            warnOfUnreadableType(QMetaType::fromType<T>());
    }
    // Says nothing of the types.
    struct Silent
    {
    };
    TypedSource(Map *map, Silent) : m_tenure(std::make_shared<Tenure<Map>>(map)) { }
    ~TypedSource() override
    {
        const Use map(*m_tenure);
        if (map && m_log)
            Internals::detach(*map, m_log.get());
    }

    Look find(const QString &key) override
    {
        return look(key, [](Map &map, const Key &itsKey) { return map.find(itsKey); });
    }
    Look peek(const QString &key) override
    {
        return look(key, [](Map &map, const Key &itsKey) {
            if constexpr (IsCache)
                return map.peek(itsKey);
            else
                return map.find(itsKey);
        });
    }
    bool contains(const QString &key) override
    {
        return with(key, false, [](Map &map, const Key &itsKey) { return map.contains(itsKey); });
    }
    bool insert(const QString &key, const QVariant &value, const SyncEntryOptions &options,
                QString *why) override
    {
        std::optional<Key> itsKey = keyOf(key);
        if (!itsKey) {
            *why = keyError();
            return false;
        }
        std::optional<T> itsValue = Codec::fromVariant(value, why);
        if (!itsValue)
            return false;
        const Use map(*m_tenure);
        if (!map) {
            *why = goneError();
            return false;
        }
        if constexpr (IsCache) {
            if (map->insert(std::move(*itsKey), std::move(*itsValue), options))
                return true;
            *why = refusal();
            return false;
        } else {
            map->insert(std::move(*itsKey), std::move(*itsValue));
            return true;
        }
    }
    Computed compute(const QString &key, const Compute &f, QString *why) override
    {
        const std::optional<Key> itsKey = keyOf(key);
        const Use map(*m_tenure);
        if (!itsKey || !map) {
            *why = itsKey ? goneError() : keyError();
            return Computed::Refused;
        }
        bool isLeft = false;
        const auto make = [&](const T *present) {
            const QVariant before = present ? Codec::toVariant(*present) : QVariant();
            const std::optional<QVariant> after = f(present ? &before : nullptr);
            isLeft = !after;
            why->clear(); // it may be called again
            std::optional<T> result = after ? Codec::fromVariant(*after, why) : std::nullopt;
            if (!result && present)
                result = *present;
            return result;
        };
        const bool isKept = map->compute(*itsKey, make).has_value();
        if (!why->isEmpty())
            return Computed::Refused;
        if (isKept || isLeft)
            return Computed::Kept;
        *why = refusal();
        return Computed::NoRoom;
    }
    bool remove(const QString &key) override
    {
        return with(key, false, [](Map &map, const Key &itsKey) { return map.remove(itsKey); });
    }
    bool remove([[maybe_unused]] const QString &key,
                [[maybe_unused]] const QVariant &expected) override
    {
        if constexpr (std::is_same_v<T, QVariant>) {
            return with(key, false, [&expected](Map &map, const Key &itsKey) {
                return map.remove(itsKey, expected);
            });
        } else {
            return false;
        }
    }
    bool removeIf(const QString &key, const std::function<bool(const QVariant &)> &isIt) override
    {
        bool isRemoved = false;
        (void)with(key, false, [&](Map &map, const Key &itsKey) {
            (void)map.compute(itsKey, [&](const T *present) -> std::optional<T> {
                isRemoved = present && isIt(Codec::toVariant(*present));
                return present && !isRemoved ? std::optional<T>(*present) : std::nullopt;
            });
            return true;
        });
        return isRemoved;
    }
    QVariant take(const QString &key) override
    {
        return with(key, QVariant(), [](Map &map, const Key &itsKey) {
            std::optional<T> taken = map.take(itsKey);
            return taken ? Codec::toVariant(*taken) : QVariant();
        });
    }
    void clear() override
    {
        if (const Use map { *m_tenure })
            map->clear();
    }
    bool invalidate(const QString &key) override
    {
        if constexpr (IsCache) {
            return with(key, false,
                        [](Map &map, const Key &itsKey) { return map.invalidate(itsKey); });
        } else {
            return false;
        }
    }
    void invalidateAll() override
    {
        if constexpr (IsCache) {
            if (const Use map { *m_tenure })
                map->invalidateAll();
        }
    }
    qint64 removeByTag([[maybe_unused]] const QString &tag) override
    {
        if constexpr (IsCache) {
            const Use map(*m_tenure);
            return map ? map->removeByTag(tag) : 0;
        } else {
            return 0;
        }
    }
    void trim([[maybe_unused]] SyncTrimLevel level) override
    {
        if constexpr (IsCache) {
            if (const Use map { *m_tenure })
                map->trim(level);
        }
    }
    qint64 size() override
    {
        const Use map(*m_tenure);
        return map ? map->size() : 0;
    }
    void forEachKey(const std::function<bool(const QString &)> &visit) override
    {
        if (const Use map { *m_tenure })
            map->forEach([&](const Key &key, const T &) { return bool(visit(textOf(key))); });
    }

    void walkKeys(Cursor *cursor, const std::function<bool(const QString &)> &visit) override
    {
        const Use map(*m_tenure);
        if (!map || cursor->isAtEnd) {
            cursor->isAtEnd = true;
            return;
        }
        bool isEnough = false;
        const auto visitText = [&](const Key &key) {
            if (!visit(textOf(key)))
                isEnough = true;
        };
        cursor->isAtEnd = !walk(*map, cursor->next, visitText, [&] { return isEnough; });
    }
    quint64 placeOf(const QString &key) override
    {
        return with(key, quint64(0), [](Map &map, const Key &itsKey) {
            if constexpr (IsCache)
                return Internals::coreOf(map)->hashOf(itsKey);
            else
                return Internals::engineOf(map).hashOf(itsKey);
        });
    }
    bool areTextsDistinct() const noexcept override
    {
        return std::is_same_v<Key, QString> || std::is_integral_v<Key> || std::is_enum_v<Key>;
    }

    Numbers numbers() override
    {
        Numbers result;
        const Use map(*m_tenure);
        if (!map)
            return result;
        result.count = map->size();
        if constexpr (IsCache) {
            const SyncCacheStatistics statistics = map->statistics();
            result.maxCost = map->maxCost();
            result.maxBytes = map->maxBytes();
            result.weighsBytes = Internals::coreOf(*map)->weighsBytes();
            result.totalCost = map->totalCost();
            result.hits = statistics.hits;
            result.misses = statistics.misses;
            result.loading = qint64(statistics.loadsInFlight);
            result.timeToLive = map->timeToLive();
            result.timeToIdle = map->timeToIdle();
            result.staleTime = map->staleTime();
            result.errorTimeToLive = map->errorTimeToLive();
        } else {
            result.totalCost = result.count;
        }
        return result;
    }
    void setMaxCost([[maybe_unused]] qint64 maxCost) override
    {
        if constexpr (IsCache) {
            if (const Use map { *m_tenure })
                map->setMaxCost(qsizetype(maxCost));
        }
    }
    void setTime([[maybe_unused]] Time time,
                 [[maybe_unused]] std::chrono::milliseconds span) override
    {
        if constexpr (IsCache) {
            const Use map(*m_tenure);
            if (!map)
                return;
            switch (time) {
            case Time::ToLive:
                return map->setTimeToLive(span);
            case Time::ToIdle:
                return map->setTimeToIdle(span);
            case Time::Stale:
                return map->setStaleTime(span);
            case Time::ErrorToLive:
                return map->setErrorTimeToLive(span);
            }
        }
    }

    bool canLoad() override
    {
        if constexpr (IsCache) {
            const Use map(*m_tenure);
            return map && map->hasLoader();
        } else {
            return false;
        }
    }
    std::unique_ptr<SourceLoad> load([[maybe_unused]] QObject *owner,
                                     [[maybe_unused]] const QString &key,
                                     [[maybe_unused]] LoadKind kind,
                                     [[maybe_unused]] int priority) override
    {
        if constexpr (IsCache) {
            const std::optional<Key> itsKey = keyOf(key);
            const Use map(*m_tenure);
            if (!itsKey || !map || !map->hasLoader())
                return nullptr;
            QFuture<T> future = kind == LoadKind::Anew
                    ? map->refresh(*itsKey)
                    : map->getOrLoad(*itsKey, SyncLoadOptions().setPriority(priority));
            const auto whyNot = [tenure = std::weak_ptr(m_tenure), key = *itsKey] {
                const auto itsTenure = tenure.lock();
                if (!itsTenure)
                    return SyncCacheError();
                const Use itsMap(*itsTenure);
                return itsMap ? itsMap->lastError(key) : SyncCacheError();
            };
            return std::make_unique<FutureLoad<T>>(owner, std::move(future), &Codec::toVariant,
                                                   whyNot);
        } else {
            return nullptr;
        }
    }
    std::shared_ptr<void> holdDerived([[maybe_unused]] const QString &key,
                                      [[maybe_unused]] const QString &derived) override
    {
        if constexpr (IsCache) {
            std::optional<Key> itsKey = Text::fromText(key);
            std::optional<Key> itsDerived = Text::fromText(derived);
            const Use map(*m_tenure);
            if (!itsKey || !itsDerived || !map)
                return nullptr;
            return DerivedKeys<Map>::of(*map)->hold(std::move(*itsKey), std::move(*itsDerived));
        } else {
            return nullptr;
        }
    }

    std::shared_ptr<PendingWrites> pendingWrites() override
    {
        const Use map(*m_tenure);
        if (!map)
            return nullptr;
        const auto watched = WatchedWrites<Map>::of(*map);
        return { watched, &watched->writes() };
    }
    // For the observers of the map.
    template <typename Visit>
    static void forObservers(Map &map, Visit &&visit)
    {
        if constexpr (IsCache)
            Internals::coreOf(map)->map().forObservers(visit);
        else
            Internals::engineOf(map).forObservers(visit);
    }
    // The map ends: who uses it is waited for.
    void close() { m_tenure->close(); }

    void save(QObject *context, const QString &fileName, FileResult done) override
    {
        if constexpr (IsCache && IsStreamed)
            file(context, std::move(done), [&](Map &map) { return map.save(fileName); });
        else
            done(cannotBeFiled());
    }
    void restore(QObject *context, const QString &fileName, FileResult done) override
    {
        if constexpr (IsCache && IsStreamed)
            file(context, std::move(done), [&](Map &map) { return map.restore(fileName); });
        else
            done(cannotBeFiled());
    }

    void observe(const std::shared_ptr<NewsBell> &bell) override
    {
        Q_ASSERT(!m_log);
        const std::weak_ptr<Tenure<Map>> tenure = m_tenure;
        m_log = std::make_shared<Log>(bell, [tenure] {
            if (const auto closing = tenure.lock())
                closing->close();
        });
        if (const Use map { *m_tenure })
            Internals::attach(*map, m_log);
    }
    Events beginRound() override
    {
        const auto summary = m_log->beginRound();
        return { summary.isCleared, summary.isAnyChanged };
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

    std::shared_ptr<void> cacheOf(QMetaType key, QMetaType value) override
    {
        if (IsCache && key == QMetaType::fromType<Key>() && value == QMetaType::fromType<T>())
            return m_tenure->owner();
        return nullptr;
    }
    const void *identity() const noexcept override { return m_tenure->identity(); }

private:
    template <typename Result, typename Function>
    Result with(const QString &key, Result otherwise, Function &&f)
    {
        const std::optional<Key> itsKey = keyOf(key);
        const Use map(*m_tenure);
        return itsKey && map ? f(*map, *itsKey) : otherwise;
    }
    template <typename Read>
    Look look(const QString &key, Read &&read)
    {
        return with(key, Look(), [&read](Map &map, const Key &itsKey) {
            Look result;
            if (const std::optional<T> found = read(map, itsKey)) {
                result.exists = true;
                result.value = Codec::toVariant(*found);
                if constexpr (IsCache)
                    result.isStale = map.isStale(itsKey);
            }
            return result;
        });
    }

    template <typename Visit, typename IsEnough>
    static bool walk(Map &map, quint64 &next, Visit &&visit, IsEnough &&isEnough)
    {
        if constexpr (IsCache) {
            const auto core = Internals::coreOf(map);
            using Core = typename decltype(core)::element_type;
            return core->map().template forEachFrom<typename Core::Reader>(
                    next,
                    [&](const auto &, const auto &position) {
                        if (core->isAlive(Core::entryOf(position.node)))
                            visit(position.node->key);
                    },
                    isEnough);
        } else {
            auto &engine = Internals::engineOf(map);
            using Engine = std::remove_reference_t<decltype(engine)>;
            return engine.template forEachFrom<typename Engine::Reader>(
                    next, [&](const auto &, const auto &position) { visit(position.node->key); },
                    isEnough);
        }
    }

    static constexpr bool IsTextPlain =
            std::is_same_v<Key, QString> || std::is_arithmetic_v<Key> || std::is_enum_v<Key>;

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

    static QString keyError()
    {
        return QStringLiteral("the text is no %1")
                .arg(QLatin1String(QMetaType::fromType<Key>().name()));
    }
    static QString goneError() { return QStringLiteral("the map has been destroyed"); }
    static QString refusal() { return QStringLiteral("it does not fit into the cache"); }
    static QString cannotBeFiled()
    {
        return QStringLiteral("only a SyncCache whose keys and values have operators for "
                              "QDataStream can be saved and restored");
    }
    template <typename Start>
    void file(QObject *context, FileResult done, Start &&start)
    {
        const Use map(*m_tenure);
        if (!map)
            return done(QStringLiteral("the map has been destroyed"));
        auto *watcher = new QFutureWatcher<bool>(context);
        const std::weak_ptr<Tenure<Map>> tenure = m_tenure;
        QObject::connect(watcher, &QFutureWatcherBase::finished, context,
                         [watcher, tenure, done = std::move(done)] {
                             watcher->deleteLater();
                             const auto future = watcher->future();
                             if (future.resultCount() > 0 && future.resultAt(0))
                                 return done({});
                             QString reason;
                             if (const auto itsTenure = tenure.lock()) {
                                 if (const Use itsMap { *itsTenure })
                                     reason = itsMap->lastError();
                             }
                             done(reason.isEmpty() ? QStringLiteral("it was not finished")
                                                   : reason);
                         });
        watcher->setFuture(start(*map));
    }

    const std::shared_ptr<Tenure<Map>> m_tenure;
    std::shared_ptr<Log> m_log;
    std::atomic<bool> m_hasWarnedOfText { false };
    std::atomic<bool> m_hasWarnedOfOtherText { false };
};

} // namespace SyncMapInternal
