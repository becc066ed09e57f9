// SPDX-License-Identifier: MIT

// Saving and restoring.

#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfile.h>
#include <QtCore/qtemporarydir.h>
#include <QtTest/qtest.h>

#include <functional>
#include <utility>

#ifdef Q_OS_UNIX
#  include <csignal>
#  include <sys/resource.h>
#endif

using namespace std::chrono_literals;

namespace {

QByteArray contentOf(const QString &fileName)
{
    QFile file(fileName);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void setContent(const QString &fileName, const QByteArray &content)
{
    QFile file(fileName);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

// What does not let itself be written.
struct Unwritable
{
    bool isThrowing = false;

    friend QDataStream &operator<<(QDataStream &stream, const Unwritable &one)
    {
        if (one.isThrowing)
            throw 1;
        stream.setStatus(QDataStream::WriteFailed);
        return stream;
    }
    friend QDataStream &operator>>(QDataStream &stream, Unwritable &) { return stream; }
};

// Does something when it is written, once.
struct Interrupting
{
    int number = 0;
    static inline std::function<void()> interrupt;

    friend QDataStream &operator<<(QDataStream &stream, const Interrupting &one)
    {
        if (interrupt)
            std::exchange(interrupt, nullptr)();
        return stream << one.number;
    }
    friend QDataStream &operator>>(QDataStream &stream, Interrupting &one)
    {
        return stream >> one.number;
    }
};

} // namespace

class tst_CacheFile : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_file = m_folder.filePath(QStringLiteral("cache"));

private Q_SLOTS:
    // Of what is written long after the file was begun, too.
    void nothingLivesLongerThanItsTime()
    {
        SyncManualClock clock;
        ValidatedCache<int, Interrupting> cache(100);
        cache.setClock(&clock);
        const auto insertAll = [&cache](const SyncEntryOptions &options) {
            for (int key = 0; key < 50; ++key)
                cache.insert(key, { key }, options);
        };
        insertAll({});
        Interrupting::interrupt = [&] {
            clock.advance(10s);
            insertAll(SyncEntryOptions().setTimeToLive(1s));
        };
        QVERIFY(cache.save(m_file).result());
        QVERIFY(!Interrupting::interrupt);
        SyncManualClock otherClock;
        ValidatedCache<int, Interrupting> other(100);
        other.setClock(&otherClock);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.size(), 50);
        otherClock.advance(1s);
        QCOMPARE(other.size(), 1); // the one that was being written
    }

    void whatWasSavedIsRestored()
    {
        SyncManualClock clock;
        ValidatedCache<QString, QByteArray> cache(100);
        cache.setClock(&clock);
        cache.insert(u"plain"_qs, "1");
        cache.insert(u"pinned"_qs, "2", SyncEntryOptions().setPinned(true).setCost(7));
        cache.insert(u"tagged"_qs, "3", SyncEntryOptions().setTags({ u"t"_qs }));
        cache.insert(u"short"_qs, "4", SyncEntryOptions().setTimeToLive(10s));
        cache.insert(u"expired"_qs, "5", SyncEntryOptions().setTimeToLive(3s));
        clock.advance(4s);
        QVERIFY(cache.save(m_file).result());
        QCOMPARE(cache.lastError(), QString());

        SyncManualClock otherClock(1000h);
        ValidatedCache<QString, QByteArray> other(100);
        other.setClock(&otherClock);
        other.insert(u"mine"_qs, "0");
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.size(), 5);
        QCOMPARE(other.totalCost(), 11);
        QCOMPARE(other.find(u"plain"_qs), std::optional<QByteArray>("1"));
        otherClock.advance(5999ms);
        QVERIFY(other.contains(u"short"_qs));
        otherClock.advance(1ms);
        QVERIFY(!other.contains(u"short"_qs));
        QCOMPARE(other.removeByTag(u"t"_qs), 1);
        other.trim(SyncTrimLevel::Complete);
        QCOMPARE(other.keys(), QStringList { u"pinned"_qs });
    }

    void aDamagedFileRestoresNothing()
    {
        ValidatedCache<QString, int> cache(100);
        for (int i = 0; i < 3; ++i)
            cache.insert(QString::number(i), i);
        QVERIFY(cache.save(m_file).result());
        const QByteArray good = contentOf(m_file);
        const auto refuses = [this](const QByteArray &content) {
            setContent(m_file, content);
            ValidatedCache<QString, int> other(100);
            other.insert(u"mine"_qs, 1);
            QVERIFY(!other.restore(m_file).result());
            QVERIFY(!other.lastError().isEmpty());
            QCOMPARE(other.keys(), QStringList { u"mine"_qs });
        };
        for (qsizetype size = 0; size < good.size(); ++size)
            refuses(good.left(size));
        for (qsizetype at = 0; at < good.size(); ++at) {
            QByteArray damaged = good;
            damaged[at] = char(damaged.at(at) ^ 0x10);
            refuses(damaged);
        }
        refuses(good + 'x');
        refuses("something else altogether");
        setContent(m_file, good);
        ValidatedCache<QString, int> other(100);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.size(), 3);
    }

    void aNewerFileRestoresNothingAndSaysWhy()
    {
        ValidatedCache<QString, int> cache(100);
        cache.insert(u"a"_qs, 1);
        QVERIFY(cache.save(m_file).result());
        QByteArray newer = contentOf(m_file);
        newer[5] = char(newer.at(5) + 1);
        setContent(m_file, newer);
        ValidatedCache<QString, int> other(100);
        QVERIFY(!other.restore(m_file).result());
        QVERIFY2(other.lastError().contains(u"version"), qPrintable(other.lastError()));
        QVERIFY(other.isEmpty());
        QCOMPARE(contentOf(m_file), newer);
    }

    void whatWasStaleIsStaleWhenItIsRestored()
    {
        ValidatedCache<QString, int> cache(100);
        cache.insert(u"fresh"_qs, 1);
        cache.insert(u"stale"_qs, 2);
        cache.invalidate(u"stale"_qs);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<QString, int> other(100);
        QVERIFY(other.restore(m_file).result());
        other.setLoader([](const QString &) { return 3; });
        QCOMPARE(other.getOrLoad(u"fresh"_qs).result(), 1);
        QCOMPARE(other.getOrLoad(u"stale"_qs).result(), 2);
        QVERIFY(other.waitForDone());
        QCOMPARE(other.peek(u"fresh"_qs), std::optional<int>(1));
        QCOMPARE(other.peek(u"stale"_qs), std::optional<int>(3));
    }

    // What cannot fit is left out, as by insert(); what is there by the same key is replaced.
    void restoringKeepsTheBound()
    {
        ValidatedCache<QString, int> cache(100);
        for (int i = 0; i < 100; ++i)
            cache.insert(QString::number(i), i);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<QString, int> other(10);
        other.insert(u"5"_qs, -5);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.totalCost(), 10);
        QVERIFY(other.peek(u"5"_qs) != std::optional<int>(-5));
        QVERIFY(other.isConsistent());
    }

    void savingGoesOnBesideWriters()
    {
        ValidatedCache<int, int> cache(1000);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, i);
        QFuture<bool> saved = cache.save(m_file);
        for (int i = 0; i < 5000; ++i)
            cache.insert(i % 1500, i % 1500);
        QVERIFY(saved.result());
        ValidatedCache<int, int> other(-1);
        QVERIFY(other.restore(m_file).result());
        other.forEach([](int key, int value) { QCOMPARE(key, value); });
    }

    void aFileOfOtherTypesRestoresNothing()
    {
        ValidatedCache<QString, QString> cache(100);
        for (int i = 0; i < 20; ++i)
            cache.insert(QString::number(i), u"text"_qs);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<int, QStringList> other(100);
        QVERIFY(!other.restore(m_file).result());
        QVERIFY(other.isEmpty());
    }

    void aFileThatIsNotThereSaysSo()
    {
        ValidatedCache<QString, int> cache;
        QVERIFY(!cache.restore(m_folder.filePath(u"none"_qs)).result());
        QVERIFY(!cache.lastError().isEmpty());
        QVERIFY(!cache.save(m_folder.filePath(u"no/such/folder"_qs)).result());
        QVERIFY(!cache.lastError().isEmpty());
    }

#ifdef Q_OS_LINUX
    void aFullDiskLeavesTheOldFileAsItWas()
    {
        ValidatedCache<QString, QByteArray> cache(100);
        cache.insert(u"small"_qs, "1");
        QVERIFY(cache.save(m_file).result());
        const QByteArray good = contentOf(m_file);
        cache.insert(u"large"_qs, QByteArray(1 << 20, 'x'));

        std::signal(SIGXFSZ, SIG_IGN);
        rlimit before = {};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
        rlimit small = before;
        small.rlim_cur = 100'000;
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
        const bool saved = cache.save(m_file).result();
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
        QVERIFY(!saved);
        QVERIFY(!cache.lastError().isEmpty());
        QCOMPARE(contentOf(m_file), good);
    }
#endif

    void valuesThatCannotBeWrittenAreAnError_data()
    {
        QTest::addColumn<bool>("isThrowing");
        QTest::addColumn<QString>("message");
        QTest::newRow("refused") << false
                                 << u"a key or value could not be written to %1"_qs.arg(m_file);
        QTest::newRow("thrown") << true << u"something was thrown that is no std::exception"_qs;
    }
    void valuesThatCannotBeWrittenAreAnError()
    {
        QFETCH(const bool, isThrowing);
        QFETCH(const QString, message);
        setContent(m_file, "as it was");
        ValidatedCache<int, Unwritable> cache(100);
        cache.insert(1, Unwritable { isThrowing });
        QVERIFY(!cache.save(m_file).result());
        QCOMPARE(cache.lastError(), message);
        QCOMPARE(contentOf(m_file), QByteArray("as it was"));
        QVERIFY(cache.contains(1));
    }

    void whatHasLessThanAMillisecondLeftIsNotRestored()
    {
        SyncManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.insert(1, 1, SyncEntryOptions().setTimeToLive(2ms));
        cache.insert(2, 2, SyncEntryOptions().setTimeToLive(3ms));
        clock.advance(1'500us);
        QVERIFY(cache.save(m_file).result());
        ValidatedCache<int, int> other(100);
        other.setClock(&clock);
        QVERIFY(other.restore(m_file).result());
        QCOMPARE(other.keys(), QList<int> { 2 });
    }
};

QTEST_GUILESS_MAIN(tst_CacheFile)

#include "tst_cachefile.moc"
