// SPDX-License-Identifier: MIT
#include "hashedkey.h"
#include "input.h"

#include <SyncMap/SyncCache>

#include <limits>
#include <map>
#include <optional>

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

// What must hold of a cache, whatever it evicts: a key has its last value or none, no value after
// its deadline, and none that was removed; what was said of an entry stays until somebody says
// otherwise; the bound is kept; and the parts agree on what is there.
template <Hashing hashing>
void check(Input &input)
{
    using Key = HashedKey<hashing>;
    struct Written
    {
        int value = 0;
        nanoseconds deadline {};
        qint64 pinnedCost = 0;
        QString tag;
        std::optional<milliseconds> own {}; // time to live
    };
    constexpr auto NeverEnds = nanoseconds::max();

    SyncCacheManualClock clock;
    SyncCache<Key, int> cache(1 + input.byte());
    cache.setClock(&clock);
    std::map<int, Written> reference; // what may be there
    int written = 0;
    const auto mayBe = [&](int key, std::optional<int> value) {
        if (!value)
            return true;
        const auto found = reference.find(key);
        return found != reference.end() && found->second.value == *value
                && clock.now() < found->second.deadline;
    };
    const auto deadlineOf = [&](milliseconds span) {
        return span == SyncCacheForever ? NeverEnds : clock.now() + span;
    };
    const auto spanFrom = [&](int bytes) {
        const milliseconds span(input.number(bytes));
        return span == 0ms && input.below(4) != 0 ? SyncCacheForever : span;
    };
    // A new value of an entry that is there, or not.
    const auto rewrite = [&](int key, int value, bool isThere) {
        if (!isThere)
            reference[key] = {};
        Written &entry = reference[key];
        entry.value = value;
        entry.deadline = deadlineOf(entry.own.value_or(cache.timeToLive()));
    };

    while (!input.isAtEnd()) {
        const int operation = input.below(25);
        const int key = input.below(64);
        const int value = ++written;
        switch (operation) {
        case 0:
        case 1:
        case 2:
        case 3: {
            SyncCacheEntryOptions options;
            Written entry = { value, deadlineOf(cache.timeToLive()), 0, {}, {} };
            const int kind = input.byte();
            const int cost = kind & 1 ? input.byte() >> 2 : 1;
            options.setCost(cost);
            if (kind & 2) {
                const milliseconds span = spanFrom(2);
                options.setTimeToLive(span);
                entry.own = span;
                entry.deadline = deadlineOf(span);
            }
            if ((kind & 12) == 12) {
                options.setPinned(true);
                entry.pinnedCost = cost;
            }
            if (kind & 16) {
                entry.tag = QString::number(input.below(4));
                options.setTags({ entry.tag });
            }
            if (cache.insert(Key { key }, value, options))
                reference[key] = entry;
            else
                reference.erase(key); // too large, or over, and the old value is gone
            break;
        }
        case 4: {
            const auto result = cache.tryInsert(Key { key }, value);
            if (result.inserted)
                rewrite(key, value, false);
            else if (result.value != value)
                require(mayBe(key, result.value), "tryInsert() returns what is there");
            break;
        }
        case 5: {
            const auto old = cache.exchange(Key { key }, value);
            require(mayBe(key, old), "exchange() returns the old");
            rewrite(key, value, old.has_value());
            break;
        }
        case 6: {
            const bool removes = input.below(3) == 0;
            bool isThere = false;
            cache.compute(Key { key }, [&](const int *seen) {
                isThere = seen;
                require(!seen || mayBe(key, *seen), "compute() shows what is there");
                return removes ? std::nullopt : std::optional<int>(value);
            });
            if (removes)
                reference.erase(key);
            else
                rewrite(key, value, isThere);
            break;
        }
        case 7:
            cache.remove(Key { key });
            reference.erase(key);
            break;
        case 8:
            require(mayBe(key, cache.take(Key { key })), "take() returns what was there");
            reference.erase(key);
            break;
        case 9:
        case 10:
        case 11:
            require(mayBe(key, cache.find(Key { key })), "find() finds the last value, or none");
            break;
        case 12:
            require(mayBe(key, cache.peek(Key { key })), "peek() finds the last value, or none");
            break;
        case 13:
        case 14:
            clock.advance(milliseconds(input.number(input.below(4))));
            break;
        case 15:
            cache.setMaxCost(input.byte() * (1 + input.below(3)));
            break;
        case 16:
            cache.setTimeToLive(spanFrom(input.below(3)));
            break;
        case 17:
            cache.setTimeToIdle(spanFrom(input.below(3)));
            break;
        case 18:
            cache.trim(SyncCacheTrimLevel(input.below(4)));
            break;
        case 19: {
            const QString tag = QString::number(input.below(4));
            cache.removeByTag(tag);
            for (auto it = reference.begin(); it != reference.end();)
                it = it->second.tag == tag ? reference.erase(it) : std::next(it);
            break;
        }
        case 20: {
            const int divisor = 2 + input.below(4);
            cache.removeIf([&](const Key &each, int its) {
                require(mayBe(each.number, its), "removeIf() shows what is there");
                return each.number % divisor == 0;
            });
            for (auto it = reference.begin(); it != reference.end();)
                it = it->first % divisor == 0 ? reference.erase(it) : std::next(it);
            break;
        }
        case 21:
            if (input.below(4) == 0) {
                cache.clear();
                reference.clear();
                require(cache.isEmpty() && cache.totalCost() == 0, "clear() leaves nothing");
            }
            break;
        case 22:
            cache.forEach([&](const Key &each, int its) {
                require(mayBe(each.number, its), "forEach() shows what is there");
            });
            break;
        case 23:
            if (input.below(2))
                cache.invalidate(Key { key });
            else
                cache.setStaleTime(milliseconds(input.byte()));
            break;
        case 24: {
            SyncCacheEntryOptions options;
            const int kind = input.byte();
            if (kind & 1)
                options.setPinned(kind & 2);
            if (kind & 4)
                options.setTags(kind & 8 ? QStringList { QStringLiteral("1") } : QStringList());
            if (kind & 16)
                options.setTimeToLive(spanFrom(2));
            else if (kind & 32)
                options.resetTimeToLive();
            const auto before = cache.entryInfo(Key { key });
            const bool isSet = cache.setEntryOptions(Key { key }, options);
            require(before || !isSet, "only what is there has options");
            if (!isSet)
                break;
            Written &entry = reference[key];
            if (options.pinned)
                entry.pinnedCost = *options.pinned ? before->cost : 0;
            if (options.tags)
                entry.tag = options.tags->value(0);
            if (options.timeToLive || options.resetsTimeToLive) {
                entry.own = options.timeToLive;
                entry.deadline = deadlineOf(entry.own.value_or(cache.timeToLive()));
            }
            const auto after = cache.entryInfo(Key { key });
            if (!after) {
                require(clock.now() >= entry.deadline, "it is over, and gone");
                reference.erase(key);
                break;
            }
            require(after->cost == before->cost && after->age == before->age
                            && after->stale == before->stale,
                    "what was not named stays");
            require(after->pinned == (entry.pinnedCost != 0 || (before->cost == 0 && after->pinned))
                            && after->tags.value(0) == entry.tag
                            && after->hasOwnTimeToLive == entry.own.has_value(),
                    "what was said stays");
            break;
        }
        }
        require(mayBe(key, cache.peek(Key { key })), "a key has its last value, or none");
        qint64 pinned = 0;
        for (const auto &[each, entry] : reference)
            pinned += entry.pinnedCost;
        require(cache.totalCost() <= std::max<qint64>(cache.maxCost(), pinned),
                "the total never passes the bound, unless what is pinned does");
        require(cache.isConsistent(), "the parts of the cache agree");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size)
{
    Input input(data, size);
    switch (input.below(3)) {
    case 0:
        check<Hashing::Normal>(input);
        break;
    case 1:
        check<Hashing::Constant>(input);
        break;
    default:
        check<Hashing::TwoBits>(input);
    }
    return 0;
}
