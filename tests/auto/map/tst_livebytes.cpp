// SPDX-License-Identifier: MIT

// How much stays alive of large values that are overwritten, of whatever type, and however many write:
// also when nobody writes any more.

#define SYNCMAP_TEST_ONLY_COUNTS_ALLOCATIONS
#include "allocations.h"
#include "threads.h"

#include <SyncMap/SyncMap>

#include <QtCore/qsharedpointer.h>
#include <QtCore/qurl.h>
#include <QtCore/qvariant.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace {

constexpr qint64 MiB = 1 << 20;

QByteArray mebibyte()
{
    return QByteArray(MiB, 'x');
}

// What a user writes without a thought of how it is measured.
struct Picture
{
    QByteArray pixels = mebibyte();
    qint64 taken = 0;
};
struct Album
{
    QString name;
    std::vector<Picture> pictures = std::vector<Picture>(1);
    int count = 1;
};

// Tells nothing of what it owns.
class Opaque
{
public:
    Opaque() : m_bytes(mebibyte()) { }
    ~Opaque() = default;
    Opaque(const Opaque &) = default;
    Opaque(Opaque &&) = default;
    Opaque &operator=(const Opaque &) = default;
    Opaque &operator=(Opaque &&) = default;

private:
    QByteArray m_bytes;
};

// The same, with a line that tells it.
class Told : public Opaque
{
};

// As QImage.
class Image : public Opaque
{
public:
    qsizetype sizeInBytes() const { return MiB; }
};

template <typename T>
T made();
template <>
QByteArray made()
{
    return mebibyte();
}
template <>
QString made()
{
    return QString(MiB / 2, u'x');
}
template <>
std::string made()
{
    return std::string(MiB, 'x');
}
template <>
Picture made()
{
    return {};
}
template <>
Album made()
{
    return {};
}
template <>
Opaque made()
{
    return {};
}
template <>
Told made()
{
    return {};
}
template <>
Image made()
{
    return {};
}
template <>
QVariant made()
{
    return mebibyte();
}
template <>
QVariantMap made()
{
    return { { "a", mebibyte() }, { "b", 1 } };
}
template <>
QList<QByteArray> made()
{
    QList<QByteArray> list;
    for (int i = 0; i < 64; ++i)
        list << QByteArray(MiB / 64, 'x');
    return list;
}
template <>
QHash<QString, QByteArray> made()
{
    return { { "a", mebibyte() } };
}
template <>
std::map<int, std::vector<std::string>> made()
{
    return { { 1, { std::string(MiB, 'x') } } };
}
template <>
std::optional<QByteArray> made()
{
    return mebibyte();
}
template <>
std::pair<int, QByteArray> made()
{
    return { 1, mebibyte() };
}
template <>
std::tuple<int, QByteArray, QString> made()
{
    return { 1, mebibyte(), "x" };
}
template <>
std::variant<int, QByteArray> made()
{
    return mebibyte();
}
template <>
std::shared_ptr<Picture> made()
{
    return std::make_shared<Picture>();
}
template <>
std::shared_ptr<const QByteArray> made()
{
    return std::make_shared<const QByteArray>(mebibyte());
}
template <>
std::unique_ptr<QByteArray> made()
{
    return std::make_unique<QByteArray>(mebibyte());
}
// Nearly all of it where a sample does not look.
struct Skewed
{
    QList<QByteArray> parts = [] {
        QList<QByteArray> list(17);
        list.last() = mebibyte();
        return list;
    }();
};
template <>
Skewed made()
{
    return {};
}
template <>
QUrl made()
{
    return QUrl(QStringLiteral("data:,") + QString(MiB / 2, u'x'));
}
using Deep = std::vector<std::vector<std::vector<std::vector<std::vector<char>>>>>;
template <>
Deep made()
{
    return { { { { std::vector<char>(MiB, 'x') } } } };
}
template <>
QSharedPointer<QByteArray> made()
{
    return QSharedPointer<QByteArray>::create(mebibyte());
}

// A mebibyte, or what else it has room for: a QUrl, as its version makes it.
template <typename T>
qint64 bytesOfOne()
{
    const qint64 before = Allocations::liveBytes;
    const T one = made<T>();
    return std::max<qint64>(MiB, Allocations::liveBytes - before);
}

// How many values are alive beside what there was before.
template <typename T>
qint64 leftBy(int threads, int overwrites)
{
    const qint64 bytes = bytesOfOne<T>();
    SyncMap<int, T> map;
    map.insert(0, made<T>());
    map.collect();
    const qint64 before = Allocations::liveBytes;
    runInThreads(threads, [&](int) {
        for (int i = 0; i < overwrites / threads; ++i)
            map.insert(0, made<T>());
    });
    return (Allocations::liveBytes - before) / bytes;
}

} // namespace

template <>
struct SyncByteSize<Told>
{
    static qsizetype of(const Told &) { return qsizetype(sizeof(Told)) + MiB; }
};

class tst_LiveBytes : public QObject
{
    Q_OBJECT

    template <typename T>
    void leaves(qint64 most, qint64 mostOfFour);

private slots:
    void ofKnownTypes();
    void ofUnknownTypes();
    void whatAGuardHeldBack();
    void beside();
};

template <typename T>
void tst_LiveBytes::leaves(qint64 most, qint64 mostOfFour)
{
    constexpr int overwrites = SYNCMAP_SANITIZED ? 64 : 500;
    const qint64 left = leftBy<T>(1, overwrites);
    QVERIFY2(left <= most, qPrintable(QString("%1 of %2").arg(left).arg(__PRETTY_FUNCTION__)));
    const qint64 leftOfFour = leftBy<T>(4, overwrites);
    QVERIFY2(leftOfFour <= mostOfFour,
             qPrintable(QString("%1 of four, %2").arg(leftOfFour).arg(__PRETTY_FUNCTION__)));
}

void tst_LiveBytes::ofKnownTypes()
{
    leaves<QByteArray>(16, 16);
    leaves<QString>(16, 16);
    leaves<std::string>(16, 16);
    leaves<Picture>(16, 16);
    leaves<Album>(16, 16);
    leaves<Told>(16, 16);
    leaves<Image>(16, 16);
    leaves<QVariant>(16, 16);
    leaves<QVariantMap>(16, 16);
    leaves<QList<QByteArray>>(16, 16);
    leaves<QHash<QString, QByteArray>>(16, 16);
    leaves<std::map<int, std::vector<std::string>>>(16, 16);
    leaves<std::optional<QByteArray>>(16, 16);
    leaves<std::pair<int, QByteArray>>(16, 16);
    leaves<std::tuple<int, QByteArray, QString>>(16, 16);
    leaves<std::variant<int, QByteArray>>(16, 16);
    leaves<std::shared_ptr<Picture>>(16, 16);
    leaves<std::shared_ptr<const QByteArray>>(16, 16);
    leaves<std::unique_ptr<QByteArray>>(16, 16);
    leaves<QSharedPointer<QByteArray>>(16, 16);
}

void tst_LiveBytes::ofUnknownTypes()
{
    leaves<Opaque>(32, 40);
    // What is measured by a part of it, or at a guess, may be as large.
    leaves<Skewed>(32, 40);
    leaves<QUrl>(32, 40);
    leaves<Deep>(32, 40);
}

// What a guard held back is freed by whoever writes next, whatever he writes.
void tst_LiveBytes::whatAGuardHeldBack()
{
    SyncMap<int, QByteArray> map;
    const qint64 before = Allocations::liveBytes;
    std::atomic<bool> isHeld { false };
    std::atomic<bool> isOver { false };
    std::thread reader([&] {
        const auto guard = map.guard();
        isHeld = true;
        while (!isOver)
            std::this_thread::yield();
    });
    while (!isHeld)
        std::this_thread::yield();
    for (int i = 0; i < 64; ++i)
        map.insert(0, mebibyte());
    const qint64 held = (Allocations::liveBytes - before) / MiB;
    isOver = true;
    reader.join();
    QVERIFY2(held >= 60, qPrintable(QString::number(held)));
    map.insert(1, QByteArray());
    const qint64 left = (Allocations::liveBytes - before) / MiB;
    QVERIFY2(left <= 2, qPrintable(QString::number(left)));
}

// Readers that come and go hold nothing back for longer than they look.
void tst_LiveBytes::beside()
{
    SyncMap<int, Picture> map;
    map.insert(0, Picture());
    map.collect();
    const qint64 before = Allocations::liveBytes;
    std::atomic<bool> isOver { false };
    std::atomic<bool> isTorn { false };
    std::thread reader([&] {
        while (!isOver) {
            const auto guard = map.guard();
            if (map.get(0, guard)->pixels.at(int(MiB) - 1) != 'x')
                isTorn = true;
        }
    });
    for (int i = 0; i < (SYNCMAP_SANITIZED ? 100 : 500); ++i)
        map.insert(0, Picture());
    isOver = true;
    reader.join();
    QVERIFY(!isTorn);
    // What the last guards held back, the next write frees.
    map.insert(0, Picture());
    const qint64 left = (Allocations::liveBytes - before) / MiB;
    QVERIFY2(left <= 16, qPrintable(QString::number(left)));
}

QTEST_APPLESS_MAIN(tst_LiveBytes)
#include "tst_livebytes.moc"
