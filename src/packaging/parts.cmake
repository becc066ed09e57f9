# SPDX-License-Identifier: MIT

# Says in one line what will be built. An option that asks for a part of Qt that is not there is an
# error, in a sentence.

# syncmap_describe_part(<out> <OPTION> <Qt module> <Debian package>)
function(syncmap_describe_part out option module package)
    if(${option} AND NOT Qt6${module}_FOUND)
        message(FATAL_ERROR "${option} is on, but Qt ${module} ${SYNCMAP_QT_FLOOR} or later was not found. "
            "Install it (on Debian: ${package}), say where it is by CMAKE_PREFIX_PATH, or set ${option} to OFF.")
    elseif(${option})
        set(${out} "yes" PARENT_SCOPE)
    elseif(Qt6${module}_FOUND)
        set(${out} "no, ${option} is off" PARENT_SCOPE)
    else()
        set(${out} "no, there is no Qt ${module}" PARENT_SCOPE)
    endif()
endfunction()

syncmap_describe_part(with_qml SYNCMAP_BUILD_QML Qml qt6-declarative-dev)
syncmap_describe_part(with_quick SYNCMAP_BUILD_QUICK Quick qt6-declarative-dev)

set(described "static")
if(BUILD_SHARED_LIBS)
    set(described "shared")
endif()
if(CMAKE_BUILD_TYPE)
    string(APPEND described ", ${CMAKE_BUILD_TYPE}")
endif()
message(STATUS "SyncMap ${PROJECT_VERSION}: ${described}; QML module: ${with_qml}; "
    "image provider: ${with_quick}")
