# SPDX-License-Identifier: MIT

include(GNUInstallDirs)

# syncmap_set_install_rpath(<target> <folder>)
#
# An installed library finds those that it needs beside itself, wherever the installation lies or is
# moved to: relative to the FOLDER of the target, below the prefix. And a Qt that is not the
# system's, where it was when this was built; CMAKE_INSTALL_RPATH_USE_LINK_PATH turns that off.
function(syncmap_set_install_rpath target folder)
    get_target_property(type ${target} TYPE)
    if(WIN32 OR NOT type MATCHES "^(SHARED|MODULE)_LIBRARY$")
        return()
    endif()
    # Either folder may be an absolute path.
    cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY /prefix NORMALIZE)
    set(libraries ${CMAKE_INSTALL_LIBDIR})
    cmake_path(ABSOLUTE_PATH libraries BASE_DIRECTORY /prefix NORMALIZE)
    file(RELATIVE_PATH way "${folder}" "${libraries}")
    set(origin "$ORIGIN")
    if(APPLE)
        set(origin "@loader_path")
    endif()
    if(NOT way STREQUAL "")
        string(APPEND origin "/${way}")
    endif()
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "${origin}")
    set_property(TARGET ${target} APPEND PROPERTY INSTALL_RPATH ${CMAKE_INSTALL_RPATH})
    if(NOT DEFINED CMAKE_INSTALL_RPATH_USE_LINK_PATH)
        set_target_properties(${target} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
    endif()
endfunction()
