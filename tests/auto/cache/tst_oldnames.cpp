// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheObject>

#include <QtTest/QTest>

bool ownTypesHaveTheirNames(); // in ownnames.cpp

namespace {

template <typename Old, typename New>
constexpr bool isAlias = std::is_same_v<Old, New>;

static_assert(isAlias<SyncEntryOptions, SyncCacheEntryOptions>);
static_assert(isAlias<SyncEntryInfo, SyncCacheEntryInfo>);
static_assert(isAlias<SyncLoadResult<int>, SyncCacheLoadResult<int>>);
static_assert(isAlias<SyncLoadContext<int>, SyncCacheLoadContext<int>>);
static_assert(isAlias<SyncLoadOptions, SyncCacheLoadOptions>);
static_assert(isAlias<SyncPendingLoad<int>, SyncCachePendingLoad<int>>);
static_assert(isAlias<SyncPoolUse, SyncCachePoolUse>);
static_assert(isAlias<SyncConnection, SyncCacheConnection>);
static_assert(isAlias<SyncRemovalConnection, SyncCacheConnection>);
static_assert(isAlias<SyncRemovalCause, SyncCacheRemovalCause>);
static_assert(isAlias<SyncTrimLevel, SyncCacheTrimLevel>);
static_assert(isAlias<SyncManualClock, SyncCacheManualClock>);
static_assert(isAlias<SyncKeyText<int>, SyncCacheKeyText<int>>);
static_assert(SyncForever == SyncCacheForever);

} // namespace

// Programs that were written before 1.0.
class tst_OldNames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void programsGoOnToCompile()
    {
        SyncManualClock clock;
        SyncCache<QString, int> cache;
        cache.setClock(&clock);
        cache.setTimeToLive(SyncForever);
        int trimmed = 0;
        const SyncConnection connection =
                cache.onRemoved(this, [&trimmed](const QString &, int, SyncRemovalCause cause) {
                    trimmed += int(cause == SyncRemovalCause::Trimmed);
                });
        cache.insert(QStringLiteral("a"), 1, SyncEntryOptions().setCost(2));
        const std::optional<SyncEntryInfo> info = cache.entryInfo(QStringLiteral("a"));
        QVERIFY(info && info->cost == 2);
        cache.trim(SyncTrimLevel::Complete);
        QTRY_COMPARE(trimmed, 1);

        cache.setLoader([](const QString &key, const SyncLoadContext<int> &context) {
            context.setTags({ QStringLiteral("t") });
            return int(key.size());
        });
        const SyncLoadResult<int> loaded = cache.load(QStringLiteral("four"));
        QCOMPARE(loaded.value_or(0), 4);
        const auto found =
                cache.getOrLoad(QStringLiteral("five5"), SyncLoadOptions().setPriority(1));
        QCOMPARE(QFuture<int>(found).result(), 5);
        QCOMPARE(SyncKeyText<int>::toText(7), QStringLiteral("7"));
    }

    void aMacroTakesThemAway() { QVERIFY(ownTypesHaveTheirNames()); }
};

QTEST_GUILESS_MAIN(tst_OldNames)
#include "tst_oldnames.moc"
