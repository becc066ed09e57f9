# SPDX-License-Identifier: MIT

# Which parts are built, and a line that says so. An option that asks for a part of Qt that is not
# there is an error, in a sentence.

# syncmap_decide_part(<has> <why> <OPTION> <Qt module> <Debian package>)
function(syncmap_decide_part has why option module package)
    set(${has} ${${option}} PARENT_SCOPE)
    if(${option} STREQUAL "AUTO")
        set(${has} ${Qt6${module}_FOUND} PARENT_SCOPE)
        set(${why} "yes" PARENT_SCOPE)
        if(NOT Qt6${module}_FOUND)
            set(${why} "no, there is no Qt ${module}" PARENT_SCOPE)
        endif()
    elseif(NOT ${option})
        set(${why} "no, ${option} is off" PARENT_SCOPE)
    elseif(Qt6${module}_FOUND)
        set(${why} "yes" PARENT_SCOPE)
    else()
        message(FATAL_ERROR "${option} is on, but Qt ${module} ${SYNCMAP_QT_FLOOR} or later was not found. "
            "Install it (on Debian: ${package}), say where it is by CMAKE_PREFIX_PATH, or set ${option} to AUTO.")
    endif()
endfunction()

syncmap_decide_part(syncmap_has_qml with_qml SYNCMAP_BUILD_QML Qml qt6-declarative-dev)
syncmap_decide_part(syncmap_has_quick with_quick SYNCMAP_BUILD_QUICK Quick qt6-declarative-dev)

set(described "static")
if(BUILD_SHARED_LIBS)
    set(described "shared")
endif()
if(CMAKE_BUILD_TYPE)
    string(APPEND described ", ${CMAKE_BUILD_TYPE}")
endif()
message(STATUS "SyncMap ${SYNCMAP_VERSION_STR}: ${described}; QML module: ${with_qml}; "
    "image provider: ${with_quick}")
