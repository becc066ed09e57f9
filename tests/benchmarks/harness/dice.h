// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qglobal.h>

namespace Benchmark {

// Random numbers that are cheap beside what is measured, and the same in each run.
class Dice
{
public:
    explicit Dice(quint64 seed) : m_state(seed * Q_UINT64_C(0x9e3779b97f4a7c15) | 1) { }
    quint64 below(quint64 limit)
    {
        // xorshift64* (Vigna, 2016)
        m_state ^= m_state >> 12;
        m_state ^= m_state << 25;
        m_state ^= m_state >> 27;
        return ((m_state * Q_UINT64_C(0x2545f4914f6cdd1d)) >> 32) % limit;
    }

private:
    quint64 m_state;
};

// Different for different numbers, and in no order: the finaliser of splitmix64 (Steele, Lea and
// Flood, 2014), which is a bijection.
inline quint64 scrambled(quint64 number)
{
    number += Q_UINT64_C(0x9e3779b97f4a7c15);
    number = (number ^ (number >> 30)) * Q_UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * Q_UINT64_C(0x94d049bb133111eb);
    return number ^ (number >> 31);
}

} // namespace Benchmark
