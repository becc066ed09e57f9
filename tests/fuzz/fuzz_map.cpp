// SPDX-License-Identifier: MIT
#include "hashedkey.h"
#include "input.h"

#include <SyncMap/SyncMap>

#include <string>
#include <unordered_map>

namespace {

// A stream of operations on a map, each compared with the same on a std::unordered_map.
template <Hashing hashing, typename T, bool inTables = false>
void compare(Input &input)
{
    using Key = HashedKey<hashing, inTables>;
    const auto valueOf = [](int number) {
        if constexpr (std::is_same_v<T, std::string>)
            return std::to_string(number);
        else
            return T(number);
    };
    SyncMap<Key, T> map;
    std::unordered_map<int, T> reference;
    int written = 0;
    const auto known = [&reference](int key) {
        const auto found = reference.find(key);
        return found == reference.end() ? std::nullopt : std::optional<T>(found->second);
    };
    const auto expect = [&](int key) {
        require(map.find(Key { key }) == known(key), "find() finds what was written last");
    };

    // A guard that spans several operations, and what was read under it.
    std::optional<typename SyncMap<Key, T>::Guard> guard;
    typename SyncMap<Key, T>::ConstPointer guarded = nullptr;
    std::optional<T> itsValue;

    while (!input.isAtEnd()) {
        const int operation = input.below(20);
        const int key = input.byte();
        const std::optional<T> present = known(key);
        const T fresh = valueOf(++written);
        switch (operation) {
        case 0:
        case 1:
        case 2:
            map.insert(Key { key }, fresh);
            reference[key] = fresh;
            break;
        case 3: {
            const auto result = map.tryInsert(Key { key }, fresh);
            require(result.inserted == !present, "tryInsert() says whether it inserted");
            require(result.value == present.value_or(fresh), "tryInsert() returns what is there");
            reference.emplace(key, fresh);
            break;
        }
        case 4:
            require(map.exchange(Key { key }, fresh) == present,
                    "exchange() returns the old value");
            reference[key] = fresh;
            break;
        case 5: {
            const T expected = input.below(2) ? present.value_or(fresh) : valueOf(-1);
            const bool isReplaced = map.compareExchange(Key { key }, expected, fresh);
            require(isReplaced == (present == expected), "compareExchange() compares");
            if (isReplaced)
                reference[key] = fresh;
            break;
        }
        case 6:
        case 7:
            require(map.remove(Key { key }) == present.has_value(), "remove() says if it removed");
            reference.erase(key);
            break;
        case 8: {
            const T expected = input.below(2) ? present.value_or(fresh) : valueOf(-1);
            const bool isRemoved = map.remove(Key { key }, expected);
            require(isRemoved == (present == expected), "remove() compares");
            if (isRemoved)
                reference.erase(key);
            break;
        }
        case 9:
            require(map.take(Key { key }) == present, "take() returns what it removed");
            reference.erase(key);
            break;
        case 10: {
            const bool removes = input.below(2);
            const auto made = map.compute(Key { key }, [&](const T *value) {
                require(value ? present == *value : !present, "compute() shows the value");
                return removes ? std::nullopt : std::optional<T>(fresh);
            });
            require(made.has_value() == !removes, "compute() returns what was made");
            if (removes)
                reference.erase(key);
            else
                reference[key] = fresh;
            break;
        }
        case 11:
            require(map.getOrInsert(Key { key }, [&] { return fresh; }) == present.value_or(fresh),
                    "getOrInsert() returns what is there");
            reference.emplace(key, fresh);
            break;
        case 12: {
            const int divisor = 2 + input.below(6);
            const qsizetype removed = map.removeIf(
                    [divisor](const Key &each, const T &) { return each.number % divisor == 0; });
            qsizetype expected = 0;
            for (auto it = reference.begin(); it != reference.end();) {
                const bool isRemoved = it->first % divisor == 0;
                expected += isRemoved;
                it = isRemoved ? reference.erase(it) : std::next(it);
            }
            require(removed == expected, "removeIf() counts");
            break;
        }
        case 13: {
            const QList<Key> keys = { Key { key }, Key { key + 1 }, Key { key } };
            const auto found = map.findAll(keys);
            require(found.size() == 3 && found[0] == present && found[1] == known(key + 1)
                            && found[2] == present,
                    "findAll() answers in order");
            break;
        }
        case 14: {
            std::size_t count = 0;
            const bool writes = input.below(2); // as a callback may
            map.forEach([&](const Key &each, const T &value) {
                require(known(each.number) == value, "forEach() shows what is there");
                if (writes)
                    map.insert(each, value);
                ++count;
            });
            require(count == reference.size(), "forEach() shows each key once");
            break;
        }
        case 15:
            if (input.below(4) == 0) {
                map.clear();
                reference.clear();
            }
            break;
        case 16:
            map.squeeze();
            break;
        case 17:
            map.reserve(input.number(2) % 3000);
            break;
        case 18:
            guarded = nullptr;
            guard.reset();
            break;
        case 19:
            if (!guard) {
                guard.emplace(map.guard());
                guarded = map.get(Key { key }, *guard);
                require(bool(guarded) == present.has_value(), "get() finds what is there");
                itsValue = present;
            }
            break;
        }
        if (guarded)
            require(*guarded == *itsValue, "a value stays as it was under its guard");
        expect(key);
        require(map.size() == qsizetype(reference.size()), "size() is exact when nobody writes");
    }
    for (int key = 0; key < 256; ++key)
        expect(key);
    guard.reset();
    require(map.collect(), "without a guard nothing is left");
}

template <Hashing hashing>
void compareValues(Input &input)
{
    switch (input.below(3)) {
    case 0:
        return compare<hashing, std::string>(input);
    case 1:
        return compare<hashing, int>(input);
    default:
        compare<hashing, int, true>(input);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size)
{
    Input input(data, size);
    switch (input.below(3)) {
    case 0:
        compareValues<Hashing::Normal>(input);
        break;
    case 1:
        compareValues<Hashing::Constant>(input);
        break;
    default:
        compareValues<Hashing::TwoBits>(input);
    }
    return 0;
}
