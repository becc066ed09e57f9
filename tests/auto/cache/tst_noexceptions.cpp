// SPDX-License-Identifier: MIT

// The same cache in a program that is compiled without exceptions and without run-time types.

#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/qtemporarydir.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

#ifdef __cpp_exceptions
#  error "this test is about programs that have none"
#endif

using Context = SyncCacheLoadContext<QString>;

class tst_NoExceptions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aMapWorks()
    {
        SyncMap<QString, QString> map;
        map.insert(u"a"_s, u"1"_s);
        QCOMPARE(
                map.compute(u"a"_s,
                            [](const QString *old) { return std::optional<QString>(*old + u'2'); }),
                std::optional<QString>(u"12"_s));
        QCOMPARE(map.take(u"a"_s), std::optional<QString>(u"12"_s));
    }

    void aCacheLoadsAndSaysWhyItCannot()
    {
        SyncCache<QString, QString> cache(10);
        cache.setWeigher(SyncByteWeigher<QString>());
        cache.setMaxCost(10'000);
        cache.setLoader([](const QString &key, Context &context) {
            if (key.isEmpty())
                context.fail(u"nothing to load"_s);
            return key.toUpper();
        });
        QCOMPARE(cache.getOrLoad(u"a"_s).result(), u"A"_s);
        QCOMPARE(cache.load(u"b"_s).value, std::optional<QString>(u"B"_s));
        QFuture<QString> failed = cache.getOrLoad(QString());
        failed.waitForFinished();
        QVERIFY(failed.isCanceled());
        QCOMPARE(failed.resultCount(), 0);
        QCOMPARE(cache.lastError(QString()).code(), SyncCacheError::LoadFailed);
        QCOMPARE(cache.lastError(QString()).message(), u"nothing to load"_s);
        QCOMPARE(cache.load(QString()).error.message(), u"nothing to load"_s);
        QCOMPARE(cache.getAll({ u"a"_s, u"c"_s }).result().size(), 2);
        QVERIFY(cache.isConsistent());
    }

    void theRestWorksToo()
    {
        QTemporaryDir folder;
        SyncCache<QString, QString> cache(3);
        int told = 0;
        cache.onRemoved(
                this, [&told](const QString &, const QString &, SyncCacheRemovalCause) { ++told; });
        cache.setTimeToLive(std::chrono::hours(1));
        for (int i = 0; i < 5; ++i)
            cache.insert(QString::number(i), u"x"_s, SyncCacheEntryOptions().setTags({ u"t"_s }));
        QVERIFY(cache.save(folder.filePath(u"file"_s)).result());
        QCOMPARE(cache.removeByTag(u"t"_s), 3);
        QTRY_COMPARE(told, 5);
        QVERIFY(cache.restore(folder.filePath(u"file"_s)).result());
        QCOMPARE(cache.size(), 3);
        cache.trim(SyncCacheTrimLevel::Complete);
        QVERIFY(cache.isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_NoExceptions)

#include "tst_noexceptions.moc"
