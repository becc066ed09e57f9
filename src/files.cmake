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
    reclamation/waiting.h

    weight/weight.h
    weight/bytecount.h
    weight/bytesize.h
    weight/byteweigher.h
    weight/kinds.h
    weight/measure.h
    weight/members.h

    map/claim.h
    map/directory.h
    map/engine.h
    map/engine_claim.h
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
    map/parallel.h
    map/requirements.h
    map/shard.h
    map/statistics.h
    map/streaming.h
    map/syncmap.h
    map/syncmap_impl.h
    map/table.h
    map/taggedtable.h
    map/tagword.h
    map/valuecell.h

    cache/cacheerror.h
    cache/cachestatistics.h
    cache/options.h
    cache/synccache.h
    cache/synccache_impl.h
    cache/core/core.h
    cache/core/cachecore.h
    cache/core/cachecore_expiry.h
    cache/core/cachecore_listeners.h
    cache/core/cachecore_removal.h
    cache/core/cachecore_unlinked.h
    cache/core/cachecore_write.h
    cache/core/cachelock.h
    cache/core/entry.h
    cache/policy/policy.h
    cache/policy/entryhook.h
    cache/policy/evictionpolicy.h
    cache/policy/ghosts.h
    cache/expiry/expiry.h
    cache/expiry/clock.h
    cache/expiry/deadline.h
    cache/expiry/timerwheel.h
    cache/loading/loading.h
    cache/loading/load.h
    cache/loading/loadchain.h
    cache/loading/loadcontext.h
    cache/loading/loadedoptions.h
    cache/loading/loaders.h
    cache/loading/loadfailures.h
    cache/loading/loadoptions.h
    cache/loading/loadpool.h
    cache/loading/loadqueue.h
    cache/loading/loads.h
    cache/loading/loads_impl.h
    cache/loading/lookup.h
    cache/removal/removal.h
    cache/removal/courier.h
    cache/removal/removallistener.h
    cache/removal/tagindex.h
    cache/file/file.h
    cache/file/cachefile.h
    cache/file/fileerror.h

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
    reclamation/waiting.cpp

    weight/bytesize.cpp

    map/claim.cpp
    map/hash.cpp

    cache/policy/evictionpolicy.cpp
    cache/policy/ghosts.cpp
    cache/expiry/clock.cpp
    cache/expiry/timerwheel.cpp
    cache/loading/loadchain.cpp
    cache/loading/loadpool.cpp
    cache/loading/loadqueue.cpp
    cache/removal/courier.cpp
    cache/removal/removallistener.cpp
    cache/file/cachefile.cpp

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
