// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qhashfunctions.h>

#include <SyncMap/syncmapglobal.h>

#include <type_traits>

#if defined(_MSC_VER) && defined(_M_X64)
#  include <intrin.h>
#endif

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A random number for each map, also where QT_HASH_SEED makes Qt's own seed constant.
SYNCMAP_EXPORT quint64 randomSeed() noexcept;

// The number of shards up to which contention alone makes a map split: four per processor.
SYNCMAP_EXPORT quint32 contentionShards() noexcept;

// What makes the layout of one map differ from that of every other. qHash() gets a seed; but what
// it makes of it is its own affair: some ignore it, some end in "^ seed", so that the same seed,
// mixed in once more by an exclusive or, would cancel. So what comes after qHash() has numbers of
// its own, and multiplies by one of them: nobody who does not know it can choose keys that meet.
struct HashSeed
{
    quint64 given; // to qHash(), which takes what a size_t holds of it
    quint64 mask;
    quint64 multiplier; // odd

    explicit HashSeed(quint64 random) noexcept
        : given(random), mask(mixed(random + 1)), multiplier(mixed(random + 2) | 1)
    {
    }

private:
    // The finaliser of MurmurHash3 (Austin Appleby), of steps of an odd number: SplitMix64 (Steele,
    // Lea, Flood, 2014).
    static quint64 mixed(quint64 number) noexcept
    {
        number *= Q_UINT64_C(0x9e3779b97f4a7c15);
        number = (number ^ (number >> 33)) * Q_UINT64_C(0xff51afd7ed558ccd);
        number = (number ^ (number >> 33)) * Q_UINT64_C(0xc4ceb9fe1a85ec53);
        return number ^ (number >> 33);
    }
};

// The two halves of the 128-bit product, one folded on the other: each bit of the result depends on
// all bits of both factors (the "mum" of Wang Yi's wyhash).
#if defined(__SIZEOF_INT128__)
#  define SYNCMAP_HAS_FOLDED_PRODUCT 1
inline quint64 foldedProduct(quint64 a, quint64 b) noexcept
{
    __extension__ using Product = unsigned __int128;
    const auto product = Product(a) * b;
    return quint64(product) ^ quint64(product >> 64);
}
#elif defined(_MSC_VER) && defined(_M_X64)
#  define SYNCMAP_HAS_FOLDED_PRODUCT 1
inline quint64 foldedProduct(quint64 a, quint64 b) noexcept
{
    quint64 high;
    const quint64 low = _umul128(a, b, &high);
    return low ^ high;
}
#else
#  define SYNCMAP_HAS_FOLDED_PRODUCT 0
#endif

// The engine takes the top bits of a hash for the shard, the middle ones for the tag and the low
// ones for the group, so every bit has to depend on every bit of what qHash() gave, of which there
// are 32 on some systems. One multiplication does that for what is mixed already.
inline quint64 finalizedHash(quint64 hash, const HashSeed &seed) noexcept
{
    hash ^= seed.mask;
#if SYNCMAP_HAS_FOLDED_PRODUCT
    return foldedProduct(hash, seed.multiplier);
#else
    // Half of the finaliser of MurmurHash3 before the multiplication, half after it.
    hash = (hash ^ (hash >> 33)) * seed.multiplier;
    hash = (hash ^ (hash >> 33)) * Q_UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 33);
#endif
}

// The same for a number as it is, and for what the qHash() of an application, or std::hash, made
// of a key: often the identity, or a sum. One product alone would leave some multiples of 2^16 or
// 2^32 an eighth of the groups, or of the shards: so another one, by a factor of MurmurHash3.
inline quint64 hashOfNumber(quint64 number, const HashSeed &seed) noexcept
{
    quint64 hash = finalizedHash(number, seed);
#if SYNCMAP_HAS_FOLDED_PRODUCT
    return foldedProduct(hash, Q_UINT64_C(0xff51afd7ed558ccd));
#else
    hash = (hash ^ (hash >> 29)) * Q_UINT64_C(0xff51afd7ed558ccd);
    return hash ^ (hash >> 32);
#endif
}

template <typename Number>
struct FitsIntoHash : std::bool_constant<sizeof(Number) <= sizeof(quint64)>
{
};

// Keys whose bits are all that counts for ==. An enumerator is one of them, also if its type has a
// qHash() or an == of its own.
template <typename Key>
inline constexpr bool isNumberOrPointer = std::conjunction_v<
        std::disjunction<std::is_integral<Key>, std::is_pointer<Key>, std::is_enum<Key>>,
        FitsIntoHash<Key>>;

template <typename Key>
quint64 bitsOf(Key key) noexcept
{
    if constexpr (std::is_pointer_v<Key>)
        return quint64(reinterpret_cast<quintptr>(key));
    else
        return quint64(key);
}

// The bits of a finalised hash, by use.
inline constexpr int TagShift = 32; // 7 bits from here; below them, the group within a table
inline constexpr int MaxShardDepth = 24; // top bits, for the directory

inline quint8 tagOf(quint64 hash) noexcept
{
    return quint8(0x80 | ((hash >> TagShift) & 0x7f));
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
