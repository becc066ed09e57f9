// SPDX-License-Identifier: MIT
#include <SyncMap/SyncMap>

#include <QtCore/QThreadPool>

#include <cstdio>

int main()
{
    constexpr int workers = 4;
    constexpr int keysEach = 1000;

    SyncMap<QString, int> map;
    map.insert(QStringLiteral("answer"), 42);

    QThreadPool pool;
    pool.setMaxThreadCount(workers);
    for (int worker = 0; worker < workers; ++worker) {
        pool.start([&map, worker] {
            for (int i = 0; i < keysEach; ++i)
                map.insert(QStringLiteral("%1/%2").arg(worker).arg(i), i);
        });
    }
    pool.waitForDone();

    bool ok = map.value(QStringLiteral("answer")) == 42 && map.size() == workers * keysEach + 1;
    for (int worker = 0; worker < workers; ++worker) {
        for (int i = 0; i < keysEach; ++i)
            ok = ok && map.value(QStringLiteral("%1/%2").arg(worker).arg(i), -1) == i;
    }
    {
        const auto guard = map.guard();
        const auto found = map.get(QStringLiteral("answer"), guard);
        ok = ok && found && *found == 42;
    }
    ok = ok && map.remove(QStringLiteral("answer")) && !map.contains(QStringLiteral("answer"));

    std::puts(ok ? "every worker's entries are there" : "entries are missing");
    return ok ? 0 : 1;
}
