# SPDX-License-Identifier: MIT
#
# The concurrent maps that SyncMap is measured beside. What is not found is named here, by the
# benchmarks, and in their JSON.

set(SYNCMAP_BENCHMARK_BOOST "" CACHE PATH
    "Include folder of a Boost with concurrent_flat_map (1.83 or newer), for the benchmarks")

# The target has the include folders and libraries of all that were found, and a definition
# SYNCMAP_BENCHMARK_<PEER>_VERSION for each.
add_library(benchmark_peers INTERFACE)
# TBB has functions of the name of one of Qt's macros.
target_compile_definitions(benchmark_peers INTERFACE QT_NO_KEYWORDS)
set(found_peers "")
set(missing_peers "")

function(syncmap_add_peer name version)
    string(TOUPPER ${name} upper)
    target_compile_definitions(benchmark_peers INTERFACE
        SYNCMAP_BENCHMARK_${upper}_VERSION="${version}"
    )
    target_link_libraries(benchmark_peers INTERFACE ${ARGN})
    set(found_peers ${found_peers} ${name} PARENT_SCOPE)
    message(STATUS "Benchmarks: ${name} ${version}")
endfunction()

function(syncmap_miss_peer name why)
    set(missing_peers ${missing_peers} ${name} PARENT_SCOPE)
    message(STATUS "Benchmarks: without ${name}, ${why}")
endfunction()

if(NOT SYNCMAP_BENCHMARK_BOOST STREQUAL "")
    set(boost_version_file ${SYNCMAP_BENCHMARK_BOOST}/boost/version.hpp)
    if(NOT EXISTS ${SYNCMAP_BENCHMARK_BOOST}/boost/unordered/concurrent_flat_map.hpp
            OR NOT EXISTS ${boost_version_file})
        message(FATAL_ERROR "SYNCMAP_BENCHMARK_BOOST: there is no boost/unordered/"
            "concurrent_flat_map.hpp in '${SYNCMAP_BENCHMARK_BOOST}'")
    endif()
    file(STRINGS ${boost_version_file} boost_version REGEX "define BOOST_LIB_VERSION")
    string(REGEX REPLACE ".*\"([0-9_]+)\".*" "\\1" boost_version "${boost_version}")
    string(REPLACE "_" "." boost_version "${boost_version}")
    target_include_directories(benchmark_peers SYSTEM INTERFACE ${SYNCMAP_BENCHMARK_BOOST})
    syncmap_add_peer(boost ${boost_version})
else()
    find_package(Boost 1.83 QUIET CONFIG) # the module for it is gone since CMake 3.30
    if(Boost_FOUND)
        syncmap_add_peer(boost ${Boost_VERSION_STRING} Boost::headers)
    else()
        syncmap_miss_peer(boost "no Boost 1.83 or newer: SYNCMAP_BENCHMARK_BOOST takes one by path")
    endif()
endif()

find_package(TBB QUIET)
if(TBB_FOUND)
    syncmap_add_peer(tbb ${TBB_VERSION} TBB::tbb)
else()
    syncmap_miss_peer(tbb "libtbb-dev has it")
endif()

find_package(libcuckoo QUIET)
if(libcuckoo_FOUND)
    syncmap_add_peer(libcuckoo ${libcuckoo_VERSION} libcuckoo::libcuckoo)
else()
    syncmap_miss_peer(libcuckoo "libcuckoo-dev has it")
endif()

# Debian's CMake package of it names a library in a folder where it is not.
find_path(SYNCMAP_BENCHMARK_LIBCDS_INCLUDE cds/init.h)
find_library(SYNCMAP_BENCHMARK_LIBCDS_LIBRARY cds)
mark_as_advanced(SYNCMAP_BENCHMARK_LIBCDS_INCLUDE SYNCMAP_BENCHMARK_LIBCDS_LIBRARY)
if(SYNCMAP_BENCHMARK_LIBCDS_INCLUDE AND SYNCMAP_BENCHMARK_LIBCDS_LIBRARY)
    file(STRINGS ${SYNCMAP_BENCHMARK_LIBCDS_INCLUDE}/cds/version.h libcds_version
        REGEX "define CDS_VERSION_STRING")
    string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" libcds_version "${libcds_version}")
    target_include_directories(benchmark_peers SYSTEM INTERFACE ${SYNCMAP_BENCHMARK_LIBCDS_INCLUDE})
    syncmap_add_peer(libcds ${libcds_version} ${SYNCMAP_BENCHMARK_LIBCDS_LIBRARY})
else()
    syncmap_miss_peer(libcds "libcds-dev has it")
endif()
