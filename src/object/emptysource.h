// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/cachesource.h>

namespace SyncMapInternal {

// What an object shows that has no cache yet.
class EmptySource final : public CacheSource
{
public:
    Look find(const QString &) override { return {}; }
    Look peek(const QString &) override { return {}; }
    bool contains(const QString &) override { return false; }
    bool insert(const QString &, const QVariant &, const SyncEntryOptions &, QString *why) override
    {
        *why = noCache();
        return false;
    }
    Computed compute(const QString &, const Compute &, QString *why) override
    {
        *why = noCache();
        return Computed::Refused;
    }
    bool remove(const QString &) override { return false; }
    bool remove(const QString &, const QVariant &) override { return false; }
    bool removeIf(const QString &, const std::function<bool(const QVariant &)> &) override
    {
        return false;
    }
    QVariant take(const QString &) override { return {}; }
    void clear() override { }
    bool invalidate(const QString &) override { return false; }
    void invalidateAll() override { }
    qint64 removeByTag(const QString &) override { return 0; }
    void trim(SyncTrimLevel) override { }
    qint64 size() override { return 0; }
    void forEachKey(const std::function<bool(const QString &)> &) override { }
    void walkKeys(Cursor *cursor, const std::function<bool(const QString &)> &) override
    {
        cursor->isAtEnd = true;
    }
    quint64 placeOf(const QString &) override { return 0; }
    bool areTextsDistinct() const noexcept override { return true; }
    Numbers numbers() override { return {}; }
    void setMaxCost(qint64) override { }
    void setTime(Time, std::chrono::milliseconds) override { }
    bool canLoad() override { return false; }
    std::unique_ptr<SourceLoad> load(QObject *, const QString &, LoadKind, int) override
    {
        return nullptr;
    }
    std::shared_ptr<void> holdDerived(const QString &, const QString &) override { return nullptr; }
    std::shared_ptr<PendingWrites> pendingWrites() override { return nullptr; }
    void save(QObject *, const QString &, FileResult done) override { done(noCache()); }
    void restore(QObject *, const QString &, FileResult done) override { done(noCache()); }
    void observe(const std::shared_ptr<NewsBell> &) override { }
    Events beginRound() override { return {}; }
    News takeNews(qsizetype, Keys) override { return {}; }
    void giveBackNews(const QList<qsizetype> &) override { }
    bool isRoundOver() override { return true; }
    std::shared_ptr<void> cacheOf(QMetaType, QMetaType) override { return nullptr; }
    const void *identity() const noexcept override { return this; }

private:
    static QString noCache() { return QStringLiteral("there is no cache yet"); }
};

} // namespace SyncMapInternal
