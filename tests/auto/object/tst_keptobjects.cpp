// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/source/source.h>
#include <SyncMap/private/object/value/value.h>

#include <QtTest/qtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace SyncMapInternal;

namespace {

using Cache = SyncMap<QString, QVariant>;

QString text(int number)
{
    return QString::number(number);
}

} // namespace

// The QObjects that are values of a map.
class tst_KeptObjects : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void keysAreForgottenOnceTheyHoldAnother();
    void whatHoldsAnotherStays();
    void whatHasEndedGoesAtOnce();
    void objectsMayEndWhileTheyArePut();
    void theViewMayEndFirst();
    void theMapMayEndFirst();
    void theMapMayEndWhileObjectsDo();

private:
    void insert(QObject *object, const QString &key)
    {
        QString why;
        const QVariant kept = QVariant::fromValue(KeptObject { object, object });
        QVERIFY2(m_source->insert(key, kept, {}, &why), qPrintable(why));
    }

    qsizetype keyCount()
    {
        return soleObserver<WatchedObjects<Cache>>(*m_map)->objects().keyCount();
    }

    std::shared_ptr<Cache> m_map;
    std::shared_ptr<CacheSource> m_source;
};

void tst_KeptObjects::init()
{
    m_map = std::make_shared<Cache>();
    m_source = std::make_shared<TypedSource<Cache>>(m_map);
}

void tst_KeptObjects::keysAreForgottenOnceTheyHoldAnother()
{
    auto object = std::make_unique<QObject>();
    qsizetype most = 0;
    for (int i = 0; i < 10'000; ++i) {
        insert(object.get(), text(i));
        m_map->insert(text(i), i);
        most = std::max(most, keyCount());
    }
    QVERIFY2(most <= 32, qPrintable(text(int(most))));
    for (int i = 0; i < 1000; ++i)
        insert(object.get(), text(i));
    QVERIFY(keyCount() >= 1000);
    object.reset();
    QCOMPARE(keyCount(), qsizetype(0));
    QCOMPARE(m_map->size(), qsizetype(9000));
}

void tst_KeptObjects::whatHoldsAnotherStays()
{
    auto first = std::make_unique<QObject>();
    QObject second;
    insert(first.get(), text(1));
    insert(first.get(), text(2));
    insert(first.get(), text(3));
    insert(&second, text(2));
    m_map->insert(text(3), 3);
    first.reset();
    QVERIFY(!m_map->contains(text(1)));
    QCOMPARE(m_map->value(text(2)).value<KeptObject>().object, &second);
    QCOMPARE(m_map->value(text(3)), QVariant(3));
}

// What was taken out may be put again when it has ended, and nobody has it in his hands.
void tst_KeptObjects::whatHasEndedGoesAtOnce()
{
    auto object = std::make_unique<QObject>();
    insert(object.get(), text(1));
    const QVariant kept = *m_map->take(text(1));
    object.reset();
    QString why;
    QVERIFY(m_source->insert(text(2), kept, {}, &why));
    QVERIFY(m_map->isEmpty());
    const auto computed = m_source->compute(
            text(3), [&kept](const QVariant *) { return std::optional(kept); }, &why);
    QCOMPARE(computed, CacheSource::Computed::Kept);
    QVERIFY(m_map->isEmpty());
}

// It was put before, so that it is watched already.
void tst_KeptObjects::objectsMayEndWhileTheyArePut()
{
    for (int round = 0; round < 200; ++round) {
        auto object = std::make_unique<QObject>();
        insert(object.get(), text(0));
        const QVariant kept = *m_map->find(text(0));
        std::atomic<bool> isBegun { false };
        std::thread other([&] {
            for (int i = 1; i < 100; ++i) {
                QString why;
                (void)m_source->insert(text(i), kept, {}, &why);
                isBegun = true;
            }
        });
        while (!isBegun)
            std::this_thread::yield();
        object.reset();
        other.join();
        QVERIFY2(m_map->isEmpty(), qPrintable(text(int(m_map->size()))));
    }
}

void tst_KeptObjects::theViewMayEndFirst()
{
    auto object = std::make_unique<QObject>();
    insert(object.get(), text(1));
    m_source.reset();
    object.reset();
    QVERIFY(m_map->isEmpty());
}

void tst_KeptObjects::theMapMayEndFirst()
{
    const auto object = std::make_unique<QObject>();
    insert(object.get(), text(1));
    m_source.reset();
    m_map.reset();
}

void tst_KeptObjects::theMapMayEndWhileObjectsDo()
{
    for (int round = 0; round < 200; ++round) {
        std::vector<std::unique_ptr<QObject>> objects;
        for (int i = 0; i < 20; ++i) {
            objects.push_back(std::make_unique<QObject>());
            insert(objects.back().get(), text(i));
        }
        m_source.reset();
        std::thread other([&objects] { objects.clear(); });
        m_map.reset();
        other.join();
        init();
    }
}

QTEST_APPLESS_MAIN(tst_KeptObjects)
#include "tst_keptobjects.moc"
