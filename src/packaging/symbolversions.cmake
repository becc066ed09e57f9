# SPDX-License-Identifier: MIT

# syncmap_version_symbols(<target>)
#
# What a shared library exports bears the version of its binary interface, so that a program and its
# plugins may have different ones, each in its own library: without it, a plugin would be given the
# functions of the library that the program had loaded before. (What is internal has the version in its
# names; this is for classes that users name.) ELF alone: elsewhere a symbol is looked up in the library
# that it was linked to.
function(syncmap_version_symbols target)
    get_target_property(type ${target} TYPE)
    if(NOT type STREQUAL "SHARED_LIBRARY" OR NOT UNIX OR APPLE)
        return()
    endif()
    set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
    # What is hidden stays hidden.
    file(CONFIGURE OUTPUT ${script} CONTENT "SyncMap_${SYNCMAP_SOVERSION} { global: *; };\n" @ONLY)
    target_link_options(${target} PRIVATE "LINKER:--version-script,${script}")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${script})
endfunction()
