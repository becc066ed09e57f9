// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/sourcefiles.h>
#include <SyncMap/private/object/source/sourcekeys.h>
#include <SyncMap/private/object/source/sourceloads.h>
#include <SyncMap/private/object/source/sourcenews.h>
#include <SyncMap/private/object/source/sourcenumbers.h>
#include <SyncMap/private/object/source/sourceupkeep.h>
#include <SyncMap/private/object/source/sourcevalues.h>
#include <SyncMap/private/object/source/sourcewrites.h>

#include <QtCore/qmetatype.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What a SyncCacheObject shows: a map or a cache of any types, seen as one of texts and variants.
// Whoever needs a part of it takes that.
class SYNCMAP_EXPORT CacheSource : public SourceValues,
                                   public SourceKeys,
                                   public SourceNews,
                                   public SourceNumbers,
                                   public SourceUpkeep,
                                   public SourceLoads,
                                   public SourceFiles,
                                   public SourceWrites
{
public:
    virtual ~CacheSource();

    // The map, as what it was wrapped as.
    virtual std::shared_ptr<void> cacheOf(QMetaType key, QMetaType value) = 0;
    // Identifies the map: views of the same one have the same.
    virtual const void *identity() const noexcept = 0;

protected:
    CacheSource() = default;
    Q_DISABLE_COPY_MOVE(CacheSource)
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
