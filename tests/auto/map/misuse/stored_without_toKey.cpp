// SPDX-License-Identifier: MIT
// needs a static Key

#include <SyncMap/SyncMap>

#include <memory>

struct Digit
{
    friend bool operator==(const QString &key, Digit) { return key.isEmpty(); }
    friend size_t qHash(Digit, size_t seed) { return seed; }
};

template <>
struct SyncMapKeyLike<QString, Digit> : std::true_type
{
};

void misuse();

void misuse()
{
    SyncMap<QString, int> map;
    map.insert(Digit(), 1);
}
