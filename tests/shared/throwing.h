// SPDX-License-Identifier: MIT
#pragma once

#include "instances.h"

#include <QtCore/qhashfunctions.h>

// Throws in one of the things that user code does on behalf of a container. Each thread counts for
// itself.
class Fault
{
public:
    struct Thrown
    {
    };

    // In its scope, the calling thread's n-th step throws, counted from 0.
    explicit Fault(int n) noexcept
    {
        s_steps = n;
        s_happened = false;
    }
    ~Fault() { s_steps = -1; }
    Q_DISABLE_COPY_MOVE(Fault)

    bool happened() const noexcept { return s_happened; }

    static void step()
    {
        if (s_steps < 0 || s_steps-- > 0)
            return;
        s_happened = true;
        throw Thrown();
    }

private:
    static inline thread_local int s_steps = -1;
    static inline thread_local bool s_happened = false;
};

enum class Moves : quint8 { Throw, NeverThrow };

// A number whose copies, comparisons and hashes are steps of a Fault, and its moves if so wanted.
template <typename Tag, Moves moves = Moves::Throw>
class Throwing : public Instances<Throwing<Tag, moves>>
{
public:
    explicit Throwing(int number) : m_number(number) { }
    Throwing(const Throwing &other) : Instances<Throwing>(), m_number(stepped(other)) { }
    Throwing(Throwing &&other) noexcept(moves == Moves::NeverThrow)
        : Instances<Throwing>(), m_number(movedFrom(other))
    {
    }
    Throwing &operator=(const Throwing &other)
    {
        m_number = stepped(other);
        return *this;
    }
    Throwing &operator=(Throwing &&other) noexcept(moves == Moves::NeverThrow)
    {
        m_number = movedFrom(other);
        return *this;
    }
    ~Throwing() = default;

    int number() const { return m_number; }

    friend bool operator==(const Throwing &a, const Throwing &b)
    {
        Fault::step();
        return a.m_number == b.m_number;
    }
    friend size_t qHash(const Throwing &key, size_t seed)
    {
        Fault::step();
        return ::qHash(key.m_number, seed);
    }

private:
    static int stepped(const Throwing &other)
    {
        Fault::step();
        return other.m_number;
    }

    static int movedFrom(const Throwing &other) noexcept(moves == Moves::NeverThrow)
    {
        if constexpr (moves == Moves::Throw)
            Fault::step();
        return other.m_number;
    }

    int m_number;
};
