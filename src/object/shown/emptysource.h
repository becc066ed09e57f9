// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/private/object/source/source.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What an object shows that has no cache yet.
class EmptySource final : public CacheSource
{
public:
    Look find(const QString &) override { return {}; }
    Look peek(const QString &) override { return {}; }
    bool contains(const QString &) override { return false; }
    bool insert(const QString &, const QVariant &, const SyncCacheEntryOptions &,
                QString *why) override
    {
        *why = thereIsNoCacheYet();
        return false;
    }
    Computed compute(const QString &, const Compute &, QString *why) override
    {
        *why = thereIsNoCacheYet();
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
    qint64 size() override { return 0; }
    void forEachKey(const std::function<bool(const QString &)> &) override { }
    void walkKeys(Cursor *cursor, const std::function<bool(const QString &)> &) override
    {
        cursor->isAtEnd = true;
    }
    quint64 placeOf(const QString &) override { return 0; }
    bool areTextsDistinct() const noexcept override { return true; }
    Numbers numbers() override { return {}; }
    void save(QObject *, const QString &, const FileResult &done) override { refuse(done); }
    void restore(QObject *, const QString &, const FileResult &done) override { refuse(done); }
    void observe(const std::shared_ptr<NewsBell> &) override { }
    Events beginRound() override { return {}; }
    News takeNews(qsizetype, Keys) override { return {}; }
    void giveBackNews(const QList<qsizetype> &) override { }
    bool isRoundOver() override { return true; }
    std::shared_ptr<void> cacheOf(QMetaType, QMetaType) override { return nullptr; }
    const void *identity() const noexcept override { return this; }

private:
    static void refuse(const FileResult &done)
    {
        done(SyncCacheError(SyncCacheError::FileError, thereIsNoCacheYet()));
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
