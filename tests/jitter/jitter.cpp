// SPDX-License-Identifier: MIT

// Preloaded into a program, it takes the processor from its threads for a while, at random: where they
// begin, where they have been woken, and where they have woken others. Those are the places where a
// test that relies on who is faster goes wrong, and where code has something in its hands that others
// may take away. Linux only, as the tests that it is for need not be.

#include <linux/futex.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

// Nothing here is a local static: to wait for another thread that makes one is to come back to here.
class Number
{
public:
    constexpr Number(const char *variable, std::int64_t otherwise) noexcept
        : m_variable(variable), m_otherwise(otherwise)
    {
    }
    std::uint32_t get() noexcept
    {
        std::int64_t value = m_value.load(std::memory_order_relaxed);
        if (value < 0) {
            const char *const text = std::getenv(m_variable);
            value = text ? std::strtol(text, nullptr, 10) : m_otherwise;
            m_value.store(value, std::memory_order_relaxed);
        }
        return std::uint32_t(value);
    }

private:
    const char *const m_variable;
    const std::int64_t m_otherwise;
    std::atomic<std::int64_t> m_value { -1 };
};

Number longest("JITTER_LONGEST_US", 20'000);
Number oneIn("JITTER_ONE_IN", 60);

// What this file stands before.
template <typename Function>
class Real
{
public:
    constexpr explicit Real(const char *name) noexcept : m_name(name) { }
    Function *get() noexcept
    {
        Function *function = m_function.load(std::memory_order_relaxed);
        if (!function) {
            function = reinterpret_cast<Function *>(dlsym(RTLD_NEXT, m_name));
            m_function.store(function, std::memory_order_relaxed);
        }
        return function;
    }

private:
    const char *const m_name;
    std::atomic<Function *> m_function { nullptr };
};

Real<decltype(pthread_create)> realCreate("pthread_create");
Real<decltype(pthread_cond_signal)> realSignal("pthread_cond_signal");
Real<decltype(pthread_cond_broadcast)> realBroadcast("pthread_cond_broadcast");
Real<decltype(pthread_cond_clockwait)> realWait("pthread_cond_clockwait");
Real<decltype(poll)> realPoll("poll");
Real<decltype(ppoll)> realPpoll("ppoll");
Real<decltype(syscall)> realSyscall("syscall");

class Dice
{
public:
    // From zero to less than that.
    std::uint32_t roll(std::uint32_t sides) noexcept
    {
        if (m_state == 0)
            m_state = begin();
        m_state ^= m_state << 13;
        m_state ^= m_state >> 17;
        m_state ^= m_state << 5;
        return (m_state >> 4) % sides;
    }

private:
    std::uint32_t begin() const noexcept
    {
        timespec now = {};
        clock_gettime(CLOCK_MONOTONIC, &now);
        const auto address = std::uint32_t(reinterpret_cast<std::uintptr_t>(this));
        return (address ^ std::uint32_t(now.tv_nsec)) | 1;
    }
    std::uint32_t m_state = 0;
};

thread_local Dice dice;

void maySleep() noexcept
{
    const int kept = errno;
    if (dice.roll(std::max(oneIn.get(), 1u)) == 0) {
        const auto microseconds = long(dice.roll(longest.get() + 1));
        const timespec time = { microseconds / 1'000'000, microseconds % 1'000'000 * 1'000 };
        nanosleep(&time, nullptr);
    }
    errno = kept;
}

struct Start
{
    void *(*function)(void *);
    void *argument;
};

void *start(void *data)
{
    const Start begin = *static_cast<Start *>(data);
    std::free(data);
    maySleep();
    return begin.function(begin.argument);
}

} // namespace

extern "C" {

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *),
                   void *argument) noexcept
{
    auto *const data = static_cast<Start *>(std::malloc(sizeof(Start))); // not by the program's new
    if (!data)
        return EAGAIN;
    *data = { function, argument };
    return realCreate.get()(thread, attributes, &start, data);
}

int pthread_cond_signal(pthread_cond_t *condition) noexcept
{
    const int result = realSignal.get()(condition);
    maySleep();
    return result;
}

int pthread_cond_broadcast(pthread_cond_t *condition) noexcept
{
    const int result = realBroadcast.get()(condition);
    maySleep();
    return result;
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const timespec *until)
{
    const int result = realWait.get()(condition, mutex, clock, until);
    maySleep();
    return result;
}

// Where event loops wait.
int poll(pollfd *descriptors, nfds_t count, int timeout)
{
    const int result = realPoll.get()(descriptors, count, timeout);
    maySleep();
    return result;
}

int ppoll(pollfd *descriptors, nfds_t count, const timespec *timeout, const sigset_t *mask)
{
    const int result = realPpoll.get()(descriptors, count, timeout, mask);
    maySleep();
    return result;
}

// Where mutexes of Qt wait, and where they wake.
long syscall(long number, ...) noexcept
{
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (long &argument : arguments)
        argument = va_arg(list, long);
    va_end(list);
    const long result = realSyscall.get()(number, arguments[0], arguments[1], arguments[2],
                                          arguments[3], arguments[4], arguments[5]);
    if (number == SYS_futex)
        maySleep();
    return result;
}

} // extern "C"
