// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/source/sourcefiles.h>
#include <SyncMap/object/source/sourcekeys.h>
#include <SyncMap/object/source/sourceloads.h>
#include <SyncMap/object/source/sourcenews.h>
#include <SyncMap/object/source/sourcenumbers.h>
#include <SyncMap/object/source/sourceupkeep.h>
#include <SyncMap/object/source/sourcevalues.h>
#include <SyncMap/object/source/sourcewrites.h>

#include <QtCore/qmetatype.h>

namespace SyncMapInternal {

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

} // namespace SyncMapInternal
