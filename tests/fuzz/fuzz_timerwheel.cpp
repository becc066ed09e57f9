// SPDX-License-Identifier: MIT
#include "input.h"

#include <SyncMap/private/cache/expiry/timerwheel.h>

#include <algorithm>
#include <iterator>

using SyncMapInternal::Never;
using SyncMapInternal::TimerHook;
using SyncMapInternal::TimerWheel;

// Hooks that are scheduled, cancelled and due, compared with a look at all of them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size)
{
    Input input(data, size);
    TimerHook hooks[32];
    TimerWheel wheel;
    wheel.reserve();
    // The lowest digits of time differ less often than they would by chance.
    const auto span = [&input] {
        const int shift = input.below(60);
        return qint64((quint64(input.byte()) << shift) & quint64(Never));
    };
    qint64 now = input.below(2) ? 0 : std::numeric_limits<qint64>::min();
    while (!input.isAtEnd()) {
        TimerHook &hook = hooks[input.below(32)];
        switch (input.below(5)) {
        case 0:
        case 1: {
            const qint64 ahead = span();
            wheel.schedule(hook, now > 0 && ahead > Never - now ? Never : now + ahead);
            break;
        }
        case 2:
            wheel.schedule(hook, std::max(std::numeric_limits<qint64>::min(), now / 2 - 1));
            break;
        case 3:
            wheel.cancel(hook);
            break;
        case 4: {
            const qint64 ahead = span();
            if (now <= 0 || ahead < Never - now)
                now += ahead;
            for (;;) {
                TimerHook *due = wheel.takeExpired(now);
                if (!due && !wheel.isBehind())
                    break;
                if (!due)
                    continue;
                require(due->deadline <= now, "nothing is due before its deadline");
                require(!due->isLinked(), "what is due is in the wheel no more");
            }
            for (const TimerHook &each : hooks)
                require(!each.isLinked() || each.deadline > now, "all that is due is taken");
            break;
        }
        }
        const auto isLinked = [](const TimerHook &each) { return each.isLinked(); };
        require(wheel.count() == std::count_if(std::begin(hooks), std::end(hooks), isLinked),
                "the wheel counts its hooks");
        require(wheel.isConsistent(), "the wheel is whole");
        const qint64 due = wheel.nextDue();
        for (const TimerHook &each : hooks)
            require(!each.isLinked() || due <= std::max(each.deadline, now),
                    "nextDue() is not after the next deadline");
    }
    for (TimerHook &hook : hooks)
        wheel.cancel(hook);
    require(wheel.isEmpty(), "all hooks can be cancelled");
    return 0;
}
