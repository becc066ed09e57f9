// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

// A base class that counts the objects of the class that derives from it.
template <typename Derived>
class Instances
{
public:
    static int alive() { return s_alive.load(std::memory_order_relaxed); }

protected:
    Instances() { s_alive.fetch_add(1, std::memory_order_relaxed); }
    Instances(const Instances &) : Instances() { }
    Instances(Instances &&) noexcept : Instances() { }
    Instances &operator=(const Instances &) = default;
    Instances &operator=(Instances &&) noexcept = default;
    ~Instances() { s_alive.fetch_sub(1, std::memory_order_relaxed); }

private:
    static inline std::atomic<int> s_alive { 0 };
};
