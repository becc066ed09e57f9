// SPDX-License-Identifier: MIT
#include <SyncMap/reclamation/waiting.h>

#include <QtCore/qmutex.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace SyncMapInternal {

namespace {

struct Queue
{
    QMutex mutex;
    std::condition_variable_any changed;
};

constexpr quintptr QueueCount = 16;

Queue &queueFor(const void *place)
{
    // Never destroyed: maps are used until the program ends.
    static Queue *const queues = new Queue[QueueCount];
    return queues[(quintptr(place) >> 6) % QueueCount];
}

} // namespace

void waitWhile(const void *place, bool (*mustWait)(void *), void *context)
{
    Queue &queue = queueFor(place);
    const std::lock_guard lock(queue.mutex);
    while (mustWait(context))
        queue.changed.wait(queue.mutex);
}

void wakeAll(const void *place) noexcept
{
    Queue &queue = queueFor(place);
    const std::lock_guard lock(queue.mutex);
    queue.changed.notify_all();
}

void restFor(int round) noexcept
{
    if (round < 16)
        std::this_thread::yield();
    else
        std::this_thread::sleep_for(
                std::chrono::microseconds(std::min(1 << (round / 16), 10) * 50));
}

} // namespace SyncMapInternal
