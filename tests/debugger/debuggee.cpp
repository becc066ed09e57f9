// SPDX-License-Identifier: MIT

// What check.py looks at: maps and caches of each kind, and where it stops.

#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

#include <chrono>
#include <cstring>
#include <utility>

namespace {

enum class Color { Red, Green };

struct Point
{
    int x;
    int y;
    double z;
};

// Somebody's own class that has a map as its member.
struct Prices
{
    SyncMap<QString, double> all;
};

// What stands there before a map is constructed.
template <typename T>
const T *memoryOf(int byte)
{
    alignas(T) static unsigned char memory[sizeof(T)];
    std::memset(memory, byte, sizeof(memory));
    return reinterpret_cast<const T *>(memory);
}

} // namespace

// Nothing may be left out of what stands here.
extern "C" Q_DECL_EXPORT void stopHere(...);
extern "C" void stopHere(...)
{
    static volatile int stops = 0;
    stops = stops + 1;
}

int main()
{
    using namespace std::chrono_literals;

    SyncMap<int, int> numbers; // inline
    numbers.insert(1, 10);
    numbers.insert(2, 20);
    numbers.insert(3, 30);
    numbers.insert(4, 40);
    numbers.remove(4);
    SyncMap<QString, QByteArray> texts; // nodes
    texts.insert(QStringLiteral("AERO"), "plane");
    texts.insert(QStringLiteral("Z\u00fcrich \u20ac"), "town");
    texts.insert(QStringLiteral("gone"), "gone");
    texts.remove(QStringLiteral("gone"));
    SyncMap<quint64, Point> points; // nodes of numbers
    points.insert(7, { 1, 2, 0.5 });
    Prices prices; // values in atomics of nodes
    prices.all.insert(QStringLiteral("AERO"), 1.25);
    SyncMap<Color, bool> colors;
    colors.insert(Color::Green, true);
    SyncMap<QString, int> empty;
    SyncMap<int, int> many; // shards, and entries of the directory that lead to one of them
    for (int i = 0; i < 16'000; ++i)
        many.insert(i, 3 * i);
    SyncMap<QString, qint64> manyTexts;
    for (int i = 0; i < 5'000; ++i)
        manyTexts.insert(QString::number(i), 3 * i);
    const auto &reference = numbers;
    const auto zeros = memoryOf<SyncMap<int, int>>(0);
    const auto zeroCache = memoryOf<SyncCache<int, int>>(0);
    const auto rubbish = memoryOf<SyncMap<int, int>>(0x5a);

    SyncCache<QString, int> cache(100);
    cache.insert(QStringLiteral("plain"), 1);
    SyncCacheEntryOptions options;
    options.timeToLive = 30s;
    options.cost = 12;
    options.tags = { QStringLiteral("users"), QStringLiteral("work") };
    cache.setTimeToIdle(1500ms);
    cache.insert(QStringLiteral("short"), 2, options);
    cache.setTimeToIdle(std::chrono::milliseconds::max());
    SyncCacheEntryOptions pin;
    pin.pinned = true;
    pin.cost = 3;
    cache.insert(QStringLiteral("pinned"), 3, pin);
    SyncCache<int, QByteArray> weighed;
    weighed.setMaxBytes(1 << 20);
    weighed.insert(1, QByteArray(1000, 'x'));

    SyncCache<int, int> unbounded(-1);
    unbounded.insert(5, 6);
    unbounded.invalidate(5);

    const auto guard = numbers.guard();
    const auto second = numbers.guard();
    auto left = texts.guard();
    const auto movedTo = std::move(left);
    const auto cacheGuard = cache.guard();
    const auto got = numbers.get(1, guard);
    const auto missed = numbers.get(99, guard);

    const SyncCacheError none;
    const SyncCacheError plain(SyncCacheError::KeyNotFound);
    const SyncCacheError told(SyncCacheError::LoadFailed, QStringLiteral("no wire to Z\u00fcrich"));

    stopHere(&numbers, &texts, &points, &prices, &colors, &empty, &many, &manyTexts, &reference,
             zeros, zeroCache, rubbish, &cache, &weighed, &unbounded, &guard, &second, &left,
             &movedTo, &cacheGuard, &got, &missed, &none, &plain, &told);
    return 0;
}
