// SPDX-License-Identifier: MIT

// Nothing that users' code throws ends the program, or leaves a caller untold; and it arrives as it
// was thrown. SyncCacheError, its value.

#include "loading.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdebug.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qthread.h>
#include <QtCore/qtranslator.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <type_traits>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

struct NotFound : QException
{
    int code = 404;
    void raise() const override { throw *this; }
    NotFound *clone() const override { return new NotFound(*this); }
    const char *what() const noexcept override { return "not found"; }
};

struct OurError : SyncCacheException
{
    using SyncCacheException::SyncCacheException;
    int detail = 7;
};

// Throws where it is told to: the n-th time that anything of it is called.
struct Treacherous
{
    static inline std::atomic<int> countdown { 0 };
    // Not with a QHash, which ends the program then.
    static inline std::atomic<bool> inHashes { true };
    static void step()
    {
        if (countdown > 0 && --countdown == 0)
            throw std::runtime_error("treacherous");
    }

    int number = 0;

    explicit Treacherous(int itsNumber = 0) : number(itsNumber) { }
    Treacherous(const Treacherous &other) : number(other.number) { step(); }
    Treacherous &operator=(const Treacherous &other)
    {
        step();
        number = other.number;
        return *this;
    }
    ~Treacherous() = default;

    friend bool operator==(const Treacherous &a, const Treacherous &b)
    {
        if (inHashes)
            step();
        return a.number == b.number;
    }
    friend size_t qHash(const Treacherous &key, size_t seed = 0)
    {
        if (inHashes)
            step();
        return qHash(key.number % 3, seed); // keys meet
    }
};

} // namespace

class tst_Thrown : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatALoaderThrowsArrives_data()
    {
        QTest::addColumn<int>("form");
        QTest::newRow("pooled") << 0;
        QTest::newRow("deferred") << 1;
        QTest::newRow("bulk") << 2;
        QTest::newRow("given with the call") << 3;
    }
    void whatALoaderThrowsArrives()
    {
        QFETCH(const int, form);
        ValidatedCache<int, int> cache(100);
        const auto fail = [](int key) -> int {
            switch (key) {
            case 1:
                throw NotFound();
            case 2:
                throw SyncCacheError(SyncCacheError::KeyNotFound, u"no such user"_s);
            case 3:
                throw OurError(SyncCacheError(SyncCacheError::TimedOut, u"late"_s));
            case 4:
                throw 4;
            case 5:
                throw SyncCacheError();
            default:
                throw std::runtime_error("plain");
            }
        };
        switch (form) {
        case 0:
            cache.setLoader(fail);
            break;
        case 1:
            cache.setLoader(this,
                            [fail](int key, const SyncCacheLoadContext<int> &) { fail(key); });
            break;
        case 2:
            cache.setBulkLoader([fail](const QList<int> &keys) {
                return QHash<int, int> { { 0, fail(keys.first()) } };
            });
            break;
        default:
            break;
        }
        const auto waitFor = [&](int key) {
            if (form == 2)
                return cache.getAll({ key }).waitForFinished();
            QFuture<int> future = form == 3 ? cache.getOrLoad(key, fail) : cache.getOrLoad(key);
            future.waitForFinished();
        };
        try {
            waitFor(1);
            QFAIL("nothing was thrown");
        } catch (const NotFound &error) {
            QCOMPARE(error.code, 404);
        }
        QCOMPARE(cache.lastError(1).code(), SyncCacheError::LoadFailed);
        QCOMPARE(cache.lastError(1).message(), u"not found"_s);
        try {
            std::rethrow_exception(cache.lastError(1).cause());
        } catch (const NotFound &error) {
            QCOMPARE(error.code, 404);
        }
        bool isThrown = false;
        try {
            waitFor(2);
        } catch (const std::exception &error) {
            isThrown = true;
            QCOMPARE(QString::fromUtf8(error.what()), u"no such user"_s);
        }
        QCOMPARE(isThrown, form != 2); // what is absent is left out
        QCOMPARE(cache.lastError(2).code(), SyncCacheError::KeyNotFound);
        QVERIFY(!cache.lastError(2).cause());
        try {
            waitFor(3);
            QFAIL("nothing was thrown");
        } catch (const OurError &error) {
            QCOMPARE(error.detail, 7);
            QCOMPARE(error.code(), SyncCacheError::TimedOut);
        }
        try {
            waitFor(4);
            QFAIL("nothing was thrown");
        } catch (int number) {
            QCOMPARE(number, 4);
        }
        QCOMPARE(errorOf(form == 3 ? cache.getOrLoad(5, fail) : QFuture<int>()).isError(),
                 form == 3);
        QVERIFY_THROWS_EXCEPTION(std::runtime_error, waitFor(6));
        QVERIFY(cache.waitForDone());
    }

    // At each place where something of the key, the value or the weigher is called.
    void nobodyIsLeftUntold_data()
    {
        QTest::addColumn<int>("form");
        QTest::newRow("getOrLoad") << 0;
        QTest::newRow("load") << 1;
        QTest::newRow("callback") << 2;
        QTest::newRow("getAll") << 3;
        QTest::newRow("bulk") << 4;
        QTest::newRow("refresh") << 5;
        QTest::newRow("deferred") << 6;
    }
    void nobodyIsLeftUntold()
    {
        QFETCH(const int, form);
        using Cache = SyncCache<Treacherous, Treacherous>;
        int steps = 1;
        Treacherous::inHashes = form != 3 && form != 4;
        for (bool isOver = false; !isOver; ++steps) {
            Treacherous::countdown = 0;
            int told = 0;
            bool hasThrown = false;
            Cache cache(100);
            cache.setWeigher([](const Treacherous &, const Treacherous &) -> qsizetype {
                Treacherous::step();
                return 1;
            });
            cache.insert(Treacherous(3), Treacherous(3));
            cache.insert(Treacherous(6), Treacherous(6));
            if (form == 4) {
                cache.setBulkLoader([](const QList<Treacherous> &keys) {
                    QHash<Treacherous, Treacherous> values;
                    for (const Treacherous &key : keys)
                        values.insert(key, key);
                    values.insert(Treacherous(12), Treacherous(12));
                    return values;
                });
            } else if (form == 6) {
                cache.setLoader(this,
                                [](const Treacherous &key,
                                   const SyncCacheLoadContext<Treacherous> &context) {
                                    context.finish(key);
                                });
            } else {
                cache.setLoader([](const Treacherous &key) { return key; });
            }
            const Treacherous key(9);
            const Treacherous another(4);
            QFuture<Treacherous> future;
            QFuture<QHash<Treacherous, Treacherous>> all;
            Treacherous::countdown = steps;
            try {
                switch (form) {
                case 0:
                case 6:
                    future = cache.getOrLoad(key);
                    break;
                case 1:
                    (void)cache.load(key);
                    break;
                case 2:
                    future = cache.getOrLoad(key, this, [&told](const auto &) { ++told; });
                    break;
                case 5:
                    future = cache.refresh(key);
                    break;
                default:
                    all = cache.getAll({ key, another });
                }
            } catch (const std::runtime_error &) {
                hasThrown = true; // the call itself: it has had no effect
            }
            if (!hasThrown) {
                try {
                    if (form == 3 || form == 4)
                        all.waitForFinished();
                    else
                        future.waitForFinished();
                } catch (const std::exception &error) {
                    QCOMPARE(QByteArray(error.what()), QByteArray("treacherous"));
                }
            }
            QVERIFY(cache.waitForDone(QDeadlineTimer(20'000)));
            isOver = Treacherous::countdown > 0;
            Treacherous::countdown = 0;
            if (form == 2 && !hasThrown)
                QTRY_COMPARE(told, 1);
            QCOMPARE(cache.statistics().loadsInFlight, quint64(0));
            QVERIFY(cache.isConsistent());
        }
        QVERIFY(steps > 3);
    }

    void aCallbackThatThrowsIsLogged()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int key) { return key; });
        int told = 0;
        const auto f = [&told](const SyncCacheLoadResult<int> &) {
            ++told;
            throw std::runtime_error("in a callback");
        };
        for (int round = 1; round <= 2; ++round) { // when it is loaded, and on a hit
            QTest::ignoreMessage(QtWarningMsg, "A callback threw an exception: in a callback");
            cache.getOrLoad(1, this, f);
            QTRY_COMPARE(told, round);
        }
    }

    // Of a loader that can say so in no other way.
    void notFoundIsAbsent()
    {
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 1);
        cache.setLoader([](int) -> int { throw SyncCacheError(SyncCacheError::KeyNotFound); });
        QCOMPARE(errorOf(cache.refresh(1)).code(), SyncCacheError::KeyNotFound);
        QVERIFY(!cache.contains(1));
    }

    void anErrorIsAValue()
    {
        static_assert(
                std::is_nothrow_move_constructible_v<
                        SyncCacheError> && std::is_nothrow_copy_constructible_v<SyncCacheError>);
        static_assert(sizeof(SyncCacheError) == sizeof(void *));
        static_assert(
                std::is_base_of_v<
                        QException,
                        SyncCacheException> && std::is_base_of_v<SyncCacheError, SyncCacheException>);
        const SyncCacheError none;
        QVERIFY(!none.isError());
        QVERIFY(!none);
        QCOMPARE(none.code(), SyncCacheError::NoError);
        QVERIFY(none.message().isEmpty());
        QCOMPARE(none.what(), "");
        const SyncCacheError late(SyncCacheError::TimedOut, u"late"_s);
        SyncCacheError copy = late;
        QVERIFY(copy == late);
        QVERIFY(copy == SyncCacheError(SyncCacheError::TimedOut, u"late"_s));
        QVERIFY(copy != SyncCacheError(SyncCacheError::LoadFailed, u"late"_s));
        QVERIFY(copy != none);
        SyncCacheError other;
        swap(copy, other);
        QVERIFY(!copy.isError() && other == late);
        QString text;
        QDebug(&text) << late;
        QCOMPARE(text.trimmed(), u"SyncCacheError(TimedOut, \"late\")"_s);
        QCOMPARE(QMetaEnum::fromType<SyncCacheError::Code>().keyCount(), 11);
        const SyncCacheLoadResult<int> found = { 5, {} };
        QVERIFY(found && found.hasValue());
        QCOMPARE(found.value_or(6), 5);
        QCOMPARE((SyncCacheLoadResult<int> { {}, late }.value_or(6)), 6);
    }

    // When it is read, and not when it is made.
    void itsTextsAreTranslated()
    {
        class Reverse : public QTranslator
        {
        public:
            QString translate(const char *context, const char *text, const char *,
                              int) const override
            {
                if (qstrcmp(context, "SyncCacheError") != 0)
                    return {};
                QString result = QString::fromLatin1(text);
                std::reverse(result.begin(), result.end());
                return result;
            }
            bool isEmpty() const override { return false; }
        };
        const SyncCacheError error(SyncCacheError::Canceled);
        QCOMPARE(error.message(), u"the load was canceled"_s);
        Reverse translator;
        QCoreApplication::installTranslator(&translator);
        QCOMPARE(error.message(), u"delecnac saw daol eht"_s);
        QCOMPARE(error.what(), "the load was canceled");
        QCoreApplication::removeTranslator(&translator);
    }
};

QTEST_GUILESS_MAIN(tst_Thrown)

#include "tst_thrown.moc"
