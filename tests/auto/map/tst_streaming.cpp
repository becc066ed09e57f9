// SPDX-License-Identifier: MIT

// SyncMap in a QDebug and in a QDataStream: also in one that ends early, holds something else, or
// was forged.

#include "allocations.h"
#include "seed.h"

#include <SyncMap/SyncMap>

#include <QtCore/qbuffer.h>
#include <QtCore/qdatastream.h>
#include <QtCore/qdatetime.h>
#include <QtCore/qdebug.h>
#include <QtCore/qset.h>
#include <QtCore/qurl.h>
#include <QtTest/qtest.h>

#include <cmath>
#include <random>

using namespace Qt::StringLiterals;

namespace {

quint64 seed = 0;

using Texts = SyncMap<QString, QString>;

template <typename Map>
QByteArray written(const Map &map, int version = QDataStream::Qt_DefaultCompiledVersion)
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream.setVersion(version);
    stream << map;
    return stream.status() == QDataStream::Ok ? bytes : QByteArray();
}

template <typename Map>
QDataStream::Status read(const QByteArray &bytes, Map &map,
                         int version = QDataStream::Qt_DefaultCompiledVersion)
{
    QDataStream stream(bytes);
    stream.setVersion(version);
    stream >> map;
    return stream.status();
}

Texts *filled(int count)
{
    auto *map = new Texts;
    for (int i = 0; i < count; ++i)
        map->insert(QString("key %1").arg(i), QString("value %1").arg(i));
    return map;
}

// The layout, written by hand: what a forger would do.
class Forger
{
public:
    explicit Forger(quint32 magic = SyncMapInternal::StreamMagic,
                    quint16 version = SyncMapInternal::StreamVersion)
        : m_stream(&m_bytes, QIODevice::WriteOnly)
    {
        m_stream << magic << version;
    }
    template <typename T>
    Forger &operator<<(const T &value)
    {
        m_stream << value;
        return *this;
    }
    const QByteArray &bytes() const { return m_bytes; }

private:
    QByteArray m_bytes;
    QDataStream m_stream;
};

class FailingDevice : public QBuffer
{
protected:
    qint64 writeData(const char *data, qint64 size) override
    {
        return pos() + size > 100 ? -1 : QBuffer::writeData(data, size);
    }
};

} // namespace

class tst_Streaming : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void debugShowsTheEntries();
    void debugKeepsTheStateOfTheStream();

    void whatIsWrittenIsReadBack();
    void everyVersionOfTheStreamIsReadBack_data();
    void everyVersionOfTheStreamIsReadBack();
    void whatFollowsTheMapIsNotTouched();
    void readingReplacesTheEntries();
    void anEmptyMapIsReadBack();
    void writingStopsAtTheFirstError();

    void aTruncatedStreamLeavesTheMapAsItWas();
    void aForeignStreamLeavesTheMapAsItWas_data();
    void aForeignStreamLeavesTheMapAsItWas();
    void randomBytesLeaveTheMapAsItWas();
    void damagedBytesLeaveTheMapAsItWasOrAreRead();
    void forgedNumbersAllocateLittle_data();
    void forgedNumbersAllocateLittle();
    void aStreamThatHasFailedBeforeIsNotRead();
};

void tst_Streaming::debugShowsTheEntries()
{
    QString text;
    QDebug(&text).nospace() << SyncMap<int, int>();
    QCOMPARE(text, QString("SyncMap()"));
    text.clear();
    QDebug(&text).nospace() << SyncMap<int, QString> { { 1, "one" } };
    QCOMPARE(text, QString("SyncMap((1, \"one\"))"));
    text.clear();
    QDebug(&text).nospace() << SyncMap<int, bool> { { 1, true }, { 2, false } };
    QVERIFY(text == "SyncMap((1, true)(2, false))" || text == "SyncMap((2, false)(1, true))");
}

void tst_Streaming::debugKeepsTheStateOfTheStream()
{
    QString text;
    QDebug(&text) << 1 << SyncMap<int, int> { { 1, 2 } } << 3;
    QCOMPARE(text.trimmed(), QString("1 SyncMap((1, 2)) 3"));
    text.clear();
    QDebug(&text).nospace().noquote() << "a" << SyncMap<int, int>() << "b";
    QCOMPARE(text, QString("aSyncMap()b"));
}

namespace {

template <typename Key, typename T>
bool isReadBack(const QHash<Key, T> &content, int version = QDataStream::Qt_DefaultCompiledVersion)
{
    SyncMap<Key, T> map;
    map.insert(content);
    SyncMap<Key, T> other;
    return read(written(map, version), other, version) == QDataStream::Ok
            && other.toHash() == content && other.size() == content.size();
}

} // namespace

void tst_Streaming::whatIsWrittenIsReadBack()
{
    QVERIFY((isReadBack<int, int>({ { 1, -1 }, { -2, 2 }, { 0, 0 } })));
    QVERIFY((isReadBack<QString, QString>(
            { { "a", "b" }, { "", QString() }, { QString(1000, u'\u4e2d'), "c" } })));
    QVERIFY((isReadBack<QByteArray, double>({ { "a", 0.5 }, { QByteArray("\0b", 2), -1e300 } })));
    QVERIFY((isReadBack<quint64, bool>({ { quint64(-1), true }, { 1, false } })));
    QVERIFY((isReadBack<QString, QList<int>>({ { "list", { 1, 2, 3 } }, { "none", {} } })));
    QVERIFY((isReadBack<int, QUrl>({ { 1, QUrl("https://example.org/a?b#c") } })));
    QVERIFY((isReadBack<int, QDateTime>(
            { { 1, QDateTime::fromSecsSinceEpoch(1'700'000'000).toUTC() } })));

    QHash<int, QString> many;
    for (int i = 0; i < 10'000; ++i)
        many.insert(i, QString::number(i));
    QVERIFY(isReadBack(many));
}

void tst_Streaming::everyVersionOfTheStreamIsReadBack_data()
{
    QTest::addColumn<int>("version");
    for (int version = QDataStream::Qt_4_0; version <= QDataStream::Qt_DefaultCompiledVersion;
         ++version)
        QTest::addRow("version %d", version) << version;
}

void tst_Streaming::everyVersionOfTheStreamIsReadBack()
{
    QFETCH(const int, version);
    QVERIFY((isReadBack<int, int>({ { 1, 2 }, { 3, 4 } }, version)));
    QVERIFY((
            isReadBack<QString, QByteArray>({ { "key", "value" }, { u"\u00e4"_s, "" } }, version)));
    QVERIFY((isReadBack<QString, double>({ { "key", 0.1 } }, version)));
}

void tst_Streaming::whatFollowsTheMapIsNotTouched()
{
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    const Texts first { { "a", "1" } };
    const SyncMap<int, int> second { { 1, 2 } };
    out << first << 42 << second << QString("end");
    QDataStream in(bytes);
    Texts readFirst;
    int number = 0;
    SyncMap<int, int> readSecond;
    QString end;
    in >> readFirst >> number >> readSecond >> end;
    QCOMPARE(in.status(), QDataStream::Ok);
    QVERIFY(in.atEnd());
    QCOMPARE(readFirst.toHash(), first.toHash());
    QCOMPARE(number, 42);
    QCOMPARE(readSecond.toHash(), second.toHash());
    QCOMPARE(end, QString("end"));
}

void tst_Streaming::readingReplacesTheEntries()
{
    Texts map { { "old", "1" }, { "both", "2" } };
    QCOMPARE(read(written(Texts { { "new", "3" }, { "both", "4" } }), map), QDataStream::Ok);
    QCOMPARE(map.toHash(), (QHash<QString, QString> { { "new", "3" }, { "both", "4" } }));
}

void tst_Streaming::anEmptyMapIsReadBack()
{
    Texts map { { "old", "1" } };
    QCOMPARE(read(written(Texts()), map), QDataStream::Ok);
    QVERIFY(map.isEmpty());
}

void tst_Streaming::writingStopsAtTheFirstError()
{
    const std::unique_ptr<Texts> map(filled(1000));
    FailingDevice device;
    QVERIFY(device.open(QIODevice::WriteOnly));
    QDataStream stream(&device);
    stream << *map;
    QCOMPARE(stream.status(), QDataStream::WriteFailed);
    QVERIFY(device.size() <= 100);
}

void tst_Streaming::aTruncatedStreamLeavesTheMapAsItWas()
{
    const std::unique_ptr<Texts> source(filled(20));
    const QByteArray whole = written(*source);
    const SyncMap<int, int> numbers { { 1, 1 }, { 2, 2 } };
    const QByteArray wholeNumbers = written(numbers);
    const Texts untouched { { "mine", "1" }, { "key 1", "2" } };
    Texts map { { "mine", "1" }, { "key 1", "2" } };
    for (qsizetype length = 0; length < whole.size(); ++length) {
        QCOMPARE(read(whole.left(length), map), QDataStream::ReadPastEnd);
        QCOMPARE(map.toHash(), untouched.toHash());
    }
    SyncMap<int, int> other { { 7, 7 } };
    for (qsizetype length = 0; length < wholeNumbers.size(); ++length) {
        QCOMPARE(read(wholeNumbers.left(length), other), QDataStream::ReadPastEnd);
        QCOMPARE(other.toHash(), (QHash<int, int> { { 7, 7 } }));
    }
    QCOMPARE(read(whole, map), QDataStream::Ok);
    QCOMPARE(map.toHash(), source->toHash());
}

void tst_Streaming::aForeignStreamLeavesTheMapAsItWas_data()
{
    using SyncMapInternal::StreamMagic;
    using SyncMapInternal::StreamVersion;
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char *name, const auto &value) {
        QByteArray bytes;
        QDataStream stream(&bytes, QIODevice::WriteOnly);
        stream << value;
        QTest::newRow(name) << bytes;
    };
    row("a QHash", QHash<QString, QString> { { "a", "b" }, { "c", "d" } });
    row("a QMap", QMap<QString, QString> { { "a", "b" } });
    row("a QString", QString("SMap"));
    row("zeros", QByteArray(1000, '\0'));
    QTest::newRow("text") << QByteArray("This is not a map, but it is long enough to be one.");
    const QString text("a");
    QTest::newRow("another magic number")
            << (Forger(StreamMagic + 1) << quint8(1) << text << text << quint8(0) << quint64(1))
                       .bytes();
    QTest::newRow("a newer version") << (Forger(StreamMagic, StreamVersion + 1)
                                         << quint8(1) << text << text << quint8(0) << quint64(1))
                                                .bytes();
    QTest::newRow("version 0") << (Forger(StreamMagic, 0)
                                   << quint8(1) << text << text << quint8(0) << quint64(1))
                                          .bytes();
    QTest::newRow("a mark that is none")
            << (Forger() << quint8(2) << text << text << quint8(0) << quint64(1)).bytes();
    QTest::newRow("fewer entries than counted")
            << (Forger() << quint8(1) << text << text << quint8(0) << quint64(2)).bytes();
    QTest::newRow("more entries than counted")
            << (Forger() << quint8(1) << text << text << quint8(0) << quint64(0)).bytes();
    QTest::newRow("a huge count")
            << (Forger() << quint8(1) << text << text << quint8(0) << quint64(-1)).bytes();
}

void tst_Streaming::aForeignStreamLeavesTheMapAsItWas()
{
    QFETCH(const QByteArray, bytes);
    Texts map { { "mine", "1" } };
    const Allocations::Watch watch;
    const QDataStream::Status status = read(bytes, map);
    QVERIFY(watch.largest() < 100'000);
    QVERIFY(status != QDataStream::Ok);
    QCOMPARE(map.toHash(), (QHash<QString, QString> { { "mine", "1" } }));
}

void tst_Streaming::randomBytesLeaveTheMapAsItWas()
{
    std::mt19937_64 random(seed);
    Texts map { { "mine", "1" } };
    const Allocations::Watch watch;
    for (int i = 0; i < 2000; ++i) {
        QByteArray bytes(qsizetype(random() % 200), Qt::Uninitialized);
        for (char &byte : bytes)
            byte = char(random());
        QVERIFY(read(bytes, map) != QDataStream::Ok);
        // And after a beginning that is right.
        QVERIFY(read(Forger().bytes() + bytes, map) != QDataStream::Ok);
        QCOMPARE(map.size(), 1);
        QCOMPARE(map.value("mine"), QString("1"));
    }
    // Qt reads strings in steps of one and two million bytes.
    QVERIFY2(watch.largest() <= 8 << 20, QByteArray::number(quint64(watch.largest())));
}

void tst_Streaming::damagedBytesLeaveTheMapAsItWasOrAreRead()
{
    std::mt19937_64 random(seed);
    const std::unique_ptr<Texts> source(filled(10));
    const QByteArray whole = written(*source);
    const QHash<QString, QString> before { { "mine", "1" } };
    for (int i = 0; i < 5000; ++i) {
        Texts map;
        map.insert(before);
        QByteArray bytes = whole;
        bytes[qsizetype(random() % quint64(bytes.size()))] = char(random());
        if (read(bytes, map) != QDataStream::Ok)
            QCOMPARE(map.toHash(), before);
        else // a letter of a text: nothing that a stream without a checksum could notice
            QVERIFY(map.size() == 10 || map.size() == 9);
    }
}

void tst_Streaming::forgedNumbersAllocateLittle_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const QString text("a");
    for (const quint32 length :
         { 0x7ffffffeU, 0xfffffffeU, 0xfffffffdU, 0x80000000U, 0x40000000U }) {
        QTest::addRow("a key of %u bytes", length)
                << (Forger() << quint8(1) << length << quint64(0)).bytes();
        QTest::addRow("a value of %u bytes", length)
                << (Forger() << quint8(1) << text << length << quint64(0)).bytes();
    }
    for (const quint64 count : { quint64(-1), quint64(1) << 62, quint64(1) << 32 })
        QTest::addRow("%llu entries", static_cast<unsigned long long>(count))
                << (Forger() << quint8(0) << count).bytes();
}

void tst_Streaming::forgedNumbersAllocateLittle()
{
    QFETCH(const QByteArray, bytes);
    Texts map { { "mine", "1" } };
    SyncMap<QByteArray, QByteArray> other { { "mine", "1" } };
    const Allocations::Watch watch;
    QVERIFY(read(bytes, map) != QDataStream::Ok);
    QVERIFY(read(bytes, other) != QDataStream::Ok);
    QVERIFY2(watch.largest() <= 8 << 20, QByteArray::number(quint64(watch.largest())));
    QCOMPARE(map.toHash(), (QHash<QString, QString> { { "mine", "1" } }));
    QCOMPARE(other.size(), 1);
}

void tst_Streaming::aStreamThatHasFailedBeforeIsNotRead()
{
    const QByteArray bytes = written(Texts { { "a", "b" } });
    Texts map { { "mine", "1" } };
    QDataStream stream(bytes);
    stream.setStatus(QDataStream::ReadCorruptData);
    stream >> map;
    QCOMPARE(stream.status(), QDataStream::ReadCorruptData);
    QCOMPARE(map.toHash(), (QHash<QString, QString> { { "mine", "1" } }));
}

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_Streaming test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_streaming.moc"
