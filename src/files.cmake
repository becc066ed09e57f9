# SPDX-License-Identifier: MIT

# Every file of the library, by name. A test compares the lists with what is there.

set(syncmap_headers
    SyncCache
    SyncCacheEntry
    SyncCacheModel
    SyncCacheObject
    SyncMap

    reclamation/blockcache.h
    reclamation/diagnostics.h
    reclamation/domain.h
    reclamation/domain_impl.h
    reclamation/fence.h
    reclamation/guard.h
    reclamation/retired.h
    reclamation/syncmapglobal.h
    reclamation/threadcache.h
    reclamation/threadslot.h
    reclamation/traits.h

    map/directory.h
    map/engine.h
    map/engine_observe.h
    map/engine_read.h
    map/engine_structure.h
    map/engine_write.h
    map/hash.h
    map/inlinenode.h
    map/inlinetable.h
    map/keylike.h
    map/node.h
    map/observer.h
    map/payloadbytes.h
    map/shard.h
    map/statistics.h
    map/streaming.h
    map/syncmap.h
    map/syncmap_impl.h
    map/table.h
    map/taggedtable.h
    map/tagword.h
    map/valuecell.h

    cache/bytesize.h
    cache/byteweigher.h
    cache/cachecore.h
    cache/cachecore_expiry.h
    cache/cachecore_listeners.h
    cache/cachecore_removal.h
    cache/cachecore_unlinked.h
    cache/cachecore_write.h
    cache/cacheerror.h
    cache/cachefile.h
    cache/cachelock.h
    cache/cachestatistics.h
    cache/clock.h
    cache/courier.h
    cache/deadline.h
    cache/entry.h
    cache/entryhook.h
    cache/evictionpolicy.h
    cache/fileerror.h
    cache/ghosts.h
    cache/load.h
    cache/loadchain.h
    cache/loadcontext.h
    cache/loadedoptions.h
    cache/loaders.h
    cache/loadfailures.h
    cache/loadoptions.h
    cache/loadpool.h
    cache/loadqueue.h
    cache/loads.h
    cache/loads_impl.h
    cache/lookup.h
    cache/options.h
    cache/removallistener.h
    cache/synccache.h
    cache/synccache_impl.h
    cache/tagindex.h
    cache/timerwheel.h

    object/cachesource.h
    object/changelog.h
    object/futureload.h
    object/keytext.h
    object/newsbell.h
    object/pendingkeys.h
    object/plainvalue.h
    object/sources.h
    object/stripelock.h
    object/synccacheentry.h
    object/synccachemodel.h
    object/synccacheobject.h
    object/tenure.h
    object/typedsource.h
)
list(TRANSFORM syncmap_headers PREPEND ${PROJECT_SOURCE_DIR}/include/SyncMap/)

set(syncmap_sources
    reclamation/blockcache.cpp
    reclamation/diagnostics.cpp
    reclamation/fence.cpp
    reclamation/threadregistry.cpp

    map/hash.cpp

    cache/bytesize.cpp
    cache/cachefile.cpp
    cache/clock.cpp
    cache/courier.cpp
    cache/evictionpolicy.cpp
    cache/ghosts.cpp
    cache/loadchain.cpp
    cache/loadpool.cpp
    cache/loadqueue.cpp
    cache/removallistener.cpp
    cache/timerwheel.cpp

    object/cachesource.cpp
    object/logging.cpp
    object/newsbell.cpp
    object/plainvalue.cpp
    object/rowlist.cpp
    object/sourceregistry.cpp
    object/synccacheentry.cpp
    object/synccachemodel.cpp
    object/synccachemodel_rows.cpp
    object/synccacheobject.cpp
    object/synccacheobject_news.cpp
)
list(TRANSFORM syncmap_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
