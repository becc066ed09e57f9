// SPDX-License-Identifier: MIT

#include <SyncMap/SyncCache>

#include <QtCore/qmap.h>
#include <QtTest/qtest.h>

#include <map>
#include <string>
#include <vector>

namespace {

struct Picture
{
    qint64 sizeInBytes() const { return 1'000'000; }
    Picture() = default;
    Picture(const Picture &) { }
    Picture &operator=(const Picture &) = default;
    ~Picture() { }
};

struct Own
{
    std::vector<Picture> pictures;
};

template <typename T>
qsizetype sizeOf(const T &value)
{
    return SyncByteSize<T>::of(value);
}

} // namespace

Q_DECLARE_METATYPE(Own)

template <>
struct SyncByteSize<Own>
{
    static qsizetype of(const Own &own) { return qsizetype(own.pictures.size()) * 7'000'000; }
};

class tst_ByteSize : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theHeapCounts()
    {
        QCOMPARE(sizeOf(5), qsizetype(sizeof(int)));
        QVERIFY(sizeOf(QString(1000, u'x')) >= 2000);
        QVERIFY(sizeOf(QString(1000, u'x')) < 2200);
        QVERIFY(sizeOf(QByteArray(1000, 'x')) >= 1000);
        QVERIFY(sizeOf(std::string(1000, 'x')) >= 1000);
        QVERIFY(sizeOf(Picture()) >= 1'000'000);
        QVERIFY(sizeOf(QList<int>(1000)) >= 4000);
        QVERIFY(sizeOf(QStringList(10, QString(100, u'x'))) >= 2000);
        QVERIFY(sizeOf(QMap<int, QString> { { 1, QString(100, u'x') } }) >= 200);
        QVERIFY(sizeOf(QHash<QString, int> { { QString(100, u'x'), 1 } }) >= 200);
        QVERIFY(sizeOf(std::map<int, QString> { { 1, QString(100, u'x') } }) >= 200);
        QVERIFY(sizeOf(std::optional<QString>(QString(100, u'x'))) >= 200);
        QVERIFY(sizeOf(std::pair<int, QString>(1, QString(100, u'x'))) >= 200);
        QVERIFY(sizeOf(std::make_shared<QString>(100, u'x')) >= 200);
        QVERIFY(sizeOf(std::vector<Picture>(3)) >= 3'000'000);
    }

    void whatIsReservedCounts()
    {
        QByteArray bytes;
        bytes.reserve(10'000);
        QVERIFY(sizeOf(bytes) >= 10'000);
    }

    void typesOfTheUsersOwn() { QCOMPARE(sizeOf(Own { std::vector<Picture>(2) }), 14'000'000); }

    void variantsCountWhatTheyHold()
    {
        QVERIFY(sizeOf(QVariant(QString(1000, u'x'))) >= 2000);
        QVERIFY(sizeOf(QVariant(QByteArray(1000, 'x'))) >= 1000);
        const QVariantMap map = { { u"a"_qs, QString(1000, u'x') },
                                  { u"b"_qs, QVariantList(10, QByteArray(1000, 'x')) } };
        QVERIFY(sizeOf(QVariant(map)) >= 12'000);
        QVERIFY(sizeOf(QVariant(QVariantHash { { u"a"_qs, map } })) >= 12'000);
        QVERIFY(sizeOf(QVariant(QStringList(10, QString(100, u'x')))) >= 2'000);
        QVERIFY(sizeOf(QVariant::fromValue(Own { std::vector<Picture>(2) })) < 100);
        syncRegisterVariantSize<Own>();
        QVERIFY(sizeOf(QVariant::fromValue(Own { std::vector<Picture>(2) })) >= 14'000'000);
    }

    void deepVariantsDoNotOverflowTheStack()
    {
        QVariant value = 1;
        for (int i = 0; i < 100'000; ++i)
            value = QVariantList { value };
        QVERIFY(sizeOf(value) >= 100'000 * qsizetype(sizeof(QVariant)));
        // Qt itself destroys what is nested by recursion: take it apart.
        while (value.typeId() == QMetaType::QVariantList) {
            const QVariant inner = static_cast<const QVariantList *>(value.constData())->first();
            value = inner;
        }
    }

    void sumsEndAtTheEnd()
    {
        constexpr qsizetype most = std::numeric_limits<qsizetype>::max();
        QCOMPARE(SyncMapInternal::addBytes(most - 1, 5), most);
    }

    void aCacheIsBoundedInBytes()
    {
        SyncCache<QString, QByteArray> cache(100'000);
        cache.setWeigher(SyncByteWeigher<QByteArray>());
        for (int i = 0; i < 1000; ++i)
            QVERIFY(cache.insert(QString::number(i), QByteArray(1000, 'x')));
        QVERIFY(cache.size() > 70);
        QVERIFY(cache.size() < 100);
        QVERIFY(!cache.insert(u"large"_qs, QByteArray(100'000, 'x')));
    }
};

QTEST_APPLESS_MAIN(tst_ByteSize)

#include "tst_bytesize.moc"
