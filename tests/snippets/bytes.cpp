// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>

#include <QtGui/qimage.h>
#include <QtTest/qtest.h>

namespace {

//! [tile]
class Tile
{
public:
    explicit Tile(QByteArray pixels) : m_pixels(std::move(pixels)) { }
    Tile(const Tile &) = default;
    Tile &operator=(const Tile &) = default;
    ~Tile()
    { /* does something */
    }
    const QByteArray &pixels() const { return m_pixels; }

private:
    QByteArray m_pixels;
};
//! [tile]

} // namespace

//! [bytesize]
template <>
struct SyncByteSize<Tile>
{
    static qsizetype of(const Tile &tile)
    {
        return qsizetype(sizeof(Tile)) + tile.pixels().capacity();
    }
};
//! [bytesize]

void costsAndBytes()
{
    //! [count]
    SyncCache<QString, QString> names(500); // of entries, each of which costs 1
    //! [count]
    QCOMPARE(names.maxCost(), 500);

    //! [bytes]
    SyncCache<QString, QImage> pictures;
    pictures.setMaxBytes(64 * 1024 * 1024); // weigher and bound in one
    //! [bytes]

    const QImage picture(256, 256, QImage::Format_ARGB32);
    QVERIFY(pictures.insert(QStringLiteral("a"), picture));
    QVERIFY(pictures.totalCost() > 256 * 256 * 4);
    QVERIFY(pictures.totalCost() < 256 * 256 * 4 + 1024);

    //! [weigher]
    SyncCache<QString, QStringList> lists(100000); // a unit of one's own: lines
    lists.setWeigher([](const QString &, const QStringList &lines) { return lines.size(); });
    lists.insert(QStringLiteral("diff"), QStringList(100, QStringLiteral("+")));
    lists.insert(QStringLiteral("log"), {}, 1000); // or for one entry
    //! [weigher]
    QCOMPARE(lists.totalCost(), 1100);

    //! [fits]
    const bool fits = lists.insert(QStringLiteral("all"), {}, 200000);
    QVERIFY(!fits); // costs more than the bound: the key is absent, as in QCache
    QVERIFY(!lists.contains(QStringLiteral("all")));
    //! [fits]

    //! [trim]
    lists.trim(SyncCacheTrimLevel::Moderate); // down to half of the bound, when memory is short
    //! [trim]
    QCOMPARE(lists.totalCost(), 1100);
}

void bytesOfOwnTypes()
{
    SyncCache<int, Tile> tiles;
    tiles.setMaxBytes(1024 * 1024);
    QVERIFY(tiles.insert(1, Tile(QByteArray(100000, 'x'))));
    QVERIFY(tiles.totalCost() >= 100000);

    //! [variants]
    syncRegisterVariantSize<QImage>(); // once: what a QVariant holds can be weighed then
    SyncCache<QString, QVariant> values;
    values.setMaxBytes(16 * 1024 * 1024);
    //! [variants]
    QVERIFY(values.insert(QStringLiteral("p"), QImage(512, 512, QImage::Format_ARGB32)));
    QVERIFY(values.totalCost() > 512 * 512 * 4);
}
