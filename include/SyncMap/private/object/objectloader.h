// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/loading.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qstring.h>
#include <QtCore/qvariant.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

class SyncCacheObject;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What loads for a SyncCacheObject, in its thread: a function of QML's.
class SYNCMAP_EXPORT ObjectLoader
{
public:
    using Load = LoadContext<QString, QVariant>;
    using Keep = std::function<void(const QVariant &plain)>; // what it has finished with
    using Unanswered = std::vector<std::pair<QString, Load>>;

    ObjectLoader() = default;
    Q_DISABLE_COPY_MOVE(ObjectLoader)
    virtual ~ObjectLoader();

    virtual void load(const QString &key, const Load &load, const Keep &keep) = 0;
    // It goes, or is to load no more: another one is to answer what it has not.
    virtual Unanswered takeUnanswered() = 0;
};

// In the object's thread. Null: it has none any more.
SYNCMAP_EXPORT void setObjectLoader(SyncCacheObject *object, std::shared_ptr<ObjectLoader> loader);

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
