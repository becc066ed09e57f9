// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/source/source.h>

#include <QtCore/qcoreapplication.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

QString noKeyOf(QMetaType type)
{
    return QCoreApplication::translate("SyncCacheObject", "the text is no %1")
            .arg(QLatin1String(type.name()));
}

QString mapHasGone()
{
    return QCoreApplication::translate("SyncCacheObject", "the map has been destroyed");
}

QString doesNotFit()
{
    return QCoreApplication::translate("SyncCacheObject", "it does not fit into the cache");
}

QString thereIsNoCacheYet()
{
    return QCoreApplication::translate("SyncCacheObject", "there is no cache yet");
}

QString cannotBeFiled()
{
    return QCoreApplication::translate("SyncCacheObject",
                                       "only a SyncCache whose keys and values have operators for "
                                       "QDataStream can be saved and restored");
}

QString noLocalFile(const QString &url)
{
    return QCoreApplication::translate("SyncCacheObject", "%1 is no local file").arg(url);
}

QString loaderHasFailed()
{
    return QCoreApplication::translate("SyncCacheObject", "the loader failed");
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
