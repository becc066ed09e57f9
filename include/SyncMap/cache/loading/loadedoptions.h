// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>
#include <QtCore/qstringlist.h>

#include <chrono>
#include <optional>

namespace SyncMapInternal {

// What a loader says of the entry that it loaded.
struct LoadedOptions
{
    std::optional<qsizetype> cost;
    std::optional<std::chrono::milliseconds> timeToLive;
    QStringList tags;
    bool stale = false;
};

} // namespace SyncMapInternal
