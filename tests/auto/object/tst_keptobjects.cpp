// SPDX-License-Identifier: MIT
#include "source/keptobjects.h"

#include <SyncMap/object/source/source.h>
#include <SyncMap/object/value/value.h>

#include <QtTest/qtest.h>

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
    void theMapMayEndFirst();

private:
    void insert(QObject *object, const QString &key)
    {
        m_map->insert(key, QVariant::fromValue(KeptObject { object, object }));
        KeptObjects::add(m_source, object, key);
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
        most = std::max(most, m_source->keptObjects().keyCount());
    }
    QVERIFY2(most <= 32, qPrintable(text(int(most))));
    for (int i = 0; i < 1000; ++i)
        insert(object.get(), text(i));
    QVERIFY(m_source->keptObjects().keyCount() >= 1000);
    object.reset();
    QCOMPARE(m_source->keptObjects().keyCount(), qsizetype(0));
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

void tst_KeptObjects::theMapMayEndFirst()
{
    const auto object = std::make_unique<QObject>();
    insert(object.get(), text(1));
    m_source.reset();
    m_map.reset();
}

QTEST_APPLESS_MAIN(tst_KeptObjects)
#include "tst_keptobjects.moc"
