# SPDX-License-Identifier: MIT

# Every file of the library, by name. A test compares the lists with what is there.

set(syncmap_headers
    SyncMap

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
    map/engine_read.h
    map/engine_structure.h
    map/engine_write.h
    map/hash.h
    map/keylike.h
    map/node.h
    map/payloadbytes.h
    map/shard.h
    map/statistics.h
    map/streaming.h
    map/syncmap.h
    map/syncmap_impl.h
    map/table.h
    map/valuecell.h
)
list(TRANSFORM syncmap_headers PREPEND ${PROJECT_SOURCE_DIR}/include/SyncMap/)

set(syncmap_sources
    reclamation/diagnostics.cpp
    reclamation/fence.cpp
    reclamation/threadregistry.cpp

    map/hash.cpp
)
list(TRANSFORM syncmap_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
