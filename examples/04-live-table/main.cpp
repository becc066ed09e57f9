// SPDX-License-Identifier: MIT

// Fifty prices that workers write as fast as they can. A switch compares SyncMap with a hash, a
// mutex and a signal per write; see feed.cpp for the writers, and Main.qml for those who watch.

#include "feed.h"
#include "shared/stage.h"

#include <SyncMap/SyncCacheObject>
#include <SyncMap/SyncMap>

int main(int argc, char **argv)
{
    Stage stage(argc, argv,
                { "live-table", LIVE_TABLE_VERSION, "Shows prices that workers write.", nullptr,
                  nullptr });

    // All that connects the workers with the interface: they write to the map, Main.qml knows it by
    // its name.
    const auto prices = std::make_shared<SyncMap<QString, double>>();
    SyncCacheObject::publish(QStringLiteral("prices"), prices);
    Feed feed(prices);

    return stage.play(QStringLiteral("LiveTable"),
                      { { QStringLiteral("feed"), QVariant::fromValue(&feed) },
                        { QStringLiteral("tour"), stage.draws() } });
}
