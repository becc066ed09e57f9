// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>
#include <QtCore/qstring.h>

#include <array>
#include <cstdio>
#include <type_traits>

// What check.sh counts the instructions of: each function that is called `counted_` does the same thing
// with so many keys, in so many maps, and is called twice.
constexpr int Entries = 1024;
constexpr int MapCount = 16;

template <typename Key>
Key made(int number)
{
    if constexpr (std::is_same_v<Key, QString>)
        return QStringLiteral("the key with the number %1").arg(number);
    else
        return Key(number) * 0x1'0001;
}

inline qsizetype weight(quint64 value)
{
    return qsizetype(value & 1);
}
inline qsizetype weight(const QString &value)
{
    return value.size();
}

// Of what there is one for each map.
template <typename Maps>
std::array<Maps, MapCount> &maps()
{
    static std::array<Maps, MapCount> all;
    return all;
}

// Keeps what is counted from being left out.
inline volatile qsizetype sink = 0;

// body(maps, key) for each of \a keys of all maps.
template <typename Maps, typename Key, typename Body>
void repeat(std::array<Key, Entries> Maps::*keys, Body &&body)
{
    qsizetype sum = 0;
    for (Maps &each : maps<Maps>()) {
        for (const Key &key : each.*keys)
            sum += body(each, key);
    }
    sink = sink + sum;
}

// The name, for numbers and for texts, of what is done with a key and with all.
#define COUNTED(name, Maps, which, ...) \
  template <typename Key> \
  static void name() \
  { \
    repeat<Maps<Key>>(&Maps<Key>::which, \
                      [](Maps<Key> &all, const Key &key) -> qsizetype { __VA_ARGS__ }); \
  } \
  extern "C" Q_NEVER_INLINE void counted_##name##_number() \
  { \
    name<quint64>(); \
  } \
  extern "C" Q_NEVER_INLINE void counted_##name##_text() \
  { \
    name<QString>(); \
  }

// What check.sh divides by.
inline void printTimes()
{
    std::printf("%d\n", 2 * MapCount * Entries);
}
