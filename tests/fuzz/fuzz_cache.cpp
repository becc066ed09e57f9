// SPDX-License-Identifier: MIT
#include "hashedkey.h"
#include "input.h"

#include <SyncMap/SyncCache>

#include <limits>
#include <map>

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

// What must hold of a cache, whatever it evicts: a key has its last value or none, no value after
// its deadline, and none that was removed; the bound is kept; and the parts agree on what is there.
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
    };
    constexpr auto NeverEnds = nanoseconds::max();

    SyncManualClock clock;
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
        return span == 0ms ? NeverEnds : clock.now() + span;
    };

    while (!input.isAtEnd()) {
        const int operation = input.below(24);
        const int key = input.below(64);
        const int value = ++written;
        switch (operation) {
        case 0:
        case 1:
        case 2:
        case 3: {
            SyncEntryOptions options;
            Written entry = { value, deadlineOf(cache.timeToLive()), 0, {} };
            const int kind = input.byte();
            const int cost = kind & 1 ? input.byte() >> 2 : 1;
            options.setCost(cost);
            if (kind & 2) {
                const milliseconds span(input.number(2));
                options.setTimeToLive(span);
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
                reference.erase(key); // too large, and the old value is gone
            break;
        }
        case 4: {
            const auto result = cache.tryInsert(Key { key }, value);
            if (result.inserted)
                reference[key] = { value, deadlineOf(cache.timeToLive()), 0, {} };
            else if (result.value != value)
                require(mayBe(key, result.value), "tryInsert() returns what is there");
            break;
        }
        case 5:
            require(mayBe(key, cache.exchange(Key { key }, value)), "exchange() returns the old");
            reference[key] = { value, deadlineOf(cache.timeToLive()), 0, {} };
            break;
        case 6: {
            const bool removes = input.below(3) == 0;
            cache.compute(Key { key }, [&](const int *seen) {
                require(!seen || mayBe(key, *seen), "compute() shows what is there");
                return removes ? std::nullopt : std::optional<int>(value);
            });
            if (removes)
                reference.erase(key);
            else
                reference[key] = { value, deadlineOf(cache.timeToLive()), 0, {} };
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
            cache.setTimeToLive(milliseconds(input.number(input.below(3))));
            break;
        case 17:
            cache.setTimeToIdle(milliseconds(input.number(input.below(3))));
            break;
        case 18:
            cache.trim(SyncTrimLevel(input.below(4)));
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
