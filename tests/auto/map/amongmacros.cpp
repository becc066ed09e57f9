// SPDX-License-Identifier: MIT

// The headers after windows.h without NOMINMAX. Only has to compile.

#include <QtCore/qabstractitemmodel.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qdatastream.h>
#include <QtCore/qdebug.h>
#include <QtCore/qfuture.h>
#include <QtCore/qhash.h>
#include <QtCore/qpromise.h>
#include <QtCore/qthreadpool.h>
#include <QtCore/qtimer.h>
#include <QtCore/qurl.h>
#include <QtCore/qvariant.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))

#include <SyncMap/SyncCache>
#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncMap>

int main()
{
    SyncMap<QString, QString> map;
    map.insert(u"a", QString());
    map.forEachParallel(nullptr, [](const QString &, const QString &) {});
    SyncMap<int, int> numbers;
    numbers.reserve(10);
    SyncCache<int, QByteArray> cache(1 << 20);
    cache.setWeigher(SyncByteWeigher<QByteArray>());
    cache.insert(1, QByteArray());
    const auto shown = std::make_shared<SyncMap<int, QString>>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(shown));
    return int(map.size() - numbers.size()) - 1;
}
