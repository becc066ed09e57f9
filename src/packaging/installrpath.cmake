# SPDX-License-Identifier: MIT

include(${CMAKE_CURRENT_LIST_DIR}/installdirs.cmake)

# syncmap_set_install_rpath(<target> <folder>)
#
# An installed library finds those that it needs beside itself, wherever the installation lies or is
# moved to: relative to the FOLDER of the target, below the prefix. And a Qt that is not the
# system's, where it was when this was built; CMAKE_INSTALL_RPATH_USE_LINK_PATH turns that off. What
# goes to the system's own folder of libraries is found there, and distributions want no path then.
function(syncmap_set_install_rpath target folder)
    get_target_property(type ${target} TYPE)
    if(WIN32 OR NOT type MATCHES "^(SHARED|MODULE)_LIBRARY$")
        return()
    endif()
    set(origin "$ORIGIN")
    if(APPLE)
        set(origin "@loader_path")
    endif()
    syncmap_way(way "${folder}" "${CMAKE_INSTALL_LIBDIR}")
    if(NOT way STREQUAL ".")
        string(APPEND origin "/${way}")
    endif()
    if("${CMAKE_INSTALL_FULL_LIBDIR}" IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
        set(origin)
    endif()
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "${origin}")
    set_property(TARGET ${target} APPEND PROPERTY INSTALL_RPATH ${CMAKE_INSTALL_RPATH})
    if(NOT DEFINED CMAKE_INSTALL_RPATH_USE_LINK_PATH)
        set_target_properties(${target} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
    endif()
endfunction()
