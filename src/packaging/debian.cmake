# SPDX-License-Identifier: MIT

# `cpack -G DEB` in a build for /usr makes packages for this Debian or Ubuntu, split as theirs are:
#
#   libsyncmap<SOVERSION>       a package for each library, named as its SONAME, so that the next
#   libsyncmapqml<SOVERSION>    version, which has another one, can be installed beside it. As
#   libsyncmapquick<SOVERSION>  qt6-declarative does (libqt6qml6, libqt6quick6), what applications
#                               are linked to is not in the package of the QML module: who only
#                               links it needs no plugin, and who needs no QML installs none of Qt's
#   qml6-module-syncmap         what `import SyncMap` loads: the plugin, qmldir, the types
#   libsyncmap-dev              headers, and what CMake, qmake and pkg-config read
#
# dpkg-shlibdeps says what of other packages they depend on.

# Without it there is nothing to ask, and no Debian to install them on.
find_program(SYNCMAP_SHLIBDEPS dpkg-shlibdeps)
find_program(SYNCMAP_GZIP gzip)
mark_as_advanced(SYNCMAP_SHLIBDEPS SYNCMAP_GZIP)
if(NOT SYNCMAP_SHLIBDEPS OR NOT SYNCMAP_GZIP)
    return()
endif()

set(syncmap_deb_dir ${PROJECT_BINARY_DIR}/debian)
# A version before the release sorts before it.
string(REGEX REPLACE "^-" "~" CPACK_DEBIAN_PACKAGE_VERSION "${SYNCMAP_VERSION_SUFFIX}")
string(PREPEND CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE 0local1) # older than one that Debian makes
set(syncmap_deb_version ${CPACK_DEBIAN_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
if(NOT CPACK_PACKAGE_CONTACT)
    # As Debian's own tools: whoever makes the packages.
    set(CPACK_PACKAGE_CONTACT "SyncMap maintainers <maintainers@syncmap.invalid>")
    if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
        set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
    endif()
endif()
string(TIMESTAMP syncmap_deb_date "%a, %d %b %Y %H:%M:%S +0000" UTC)

# The texts that each package has: Debian's policy wants a copyright and a changelog.
file(STRINGS ${PROJECT_SOURCE_DIR}/LICENSE license)
list(FILTER license INCLUDE REGEX "^Copyright")
list(TRANSFORM license REPLACE "^Copyright (\\([cC]\\) )?" "")
list(JOIN license "\n           " holders)
file(READ ${PROJECT_SOURCE_DIR}/LICENSE license)
string(REGEX REPLACE "^.*(Permission is hereby granted)" "\\1" license "${license}")
string(REGEX REPLACE "\n\n" "\n.\n" license "${license}")
string(REGEX REPLACE "\n([^\n])" "\n \\1" license " ${license}")
file(CONFIGURE OUTPUT ${syncmap_deb_dir}/copyright CONTENT
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: @holders@
License: MIT
@license@" @ONLY)
file(CONFIGURE OUTPUT ${syncmap_deb_dir}/changelog.Debian CONTENT
"syncmap (@syncmap_deb_version@) unstable; urgency=medium

  * Made by CPack.

 -- @CPACK_PACKAGE_CONTACT@  @syncmap_deb_date@
" @ONLY)
execute_process(COMMAND ${SYNCMAP_GZIP} -9nkf ${syncmap_deb_dir}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)

# syncmap_add_deb(<component> <package> <section> <short description> <long description>
#     [LIBRARY <target>]         that it is made for
#     [COMPONENTS <component>...] that it depends on, in the same version
#     [DEPENDS <package>...] [RECOMMENDS <package>...]
# )
macro(syncmap_add_deb component package section synopsis description)
    cmake_parse_arguments(DEB "" "LIBRARY" "COMPONENTS;DEPENDS;RECOMMENDS" ${ARGN})
    list(APPEND CPACK_COMPONENTS_ALL ${component})
    string(TOUPPER ${component} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package})
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
    set(CPACK_DEBIAN_${upper}_DESCRIPTION "${synopsis}\n${description}")
    set(CPACK_COMPONENT_${upper}_DEPENDS ${DEB_COMPONENTS})
    list(JOIN DEB_DEPENDS ", " CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS)
    list(JOIN DEB_RECOMMENDS ", " CPACK_DEBIAN_${upper}_PACKAGE_RECOMMENDS)
    if(DEB_LIBRARY)
        # What others that are linked to it depend on, and that the cache of the loader is made anew.
        get_target_property(soversion ${DEB_LIBRARY} SOVERSION)
        file(CONFIGURE OUTPUT ${syncmap_deb_dir}/${package}/shlibs
            CONTENT "lib${DEB_LIBRARY} ${soversion} ${package} (>= ${PROJECT_VERSION}~)\n")
        file(CONFIGURE OUTPUT ${syncmap_deb_dir}/${package}/triggers CONTENT "activate-noawait ldconfig\n")
        set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA
            "${syncmap_deb_dir}/${package}/shlibs;${syncmap_deb_dir}/${package}/triggers")
        get_target_property(folder ${DEB_LIBRARY} LIBRARY_OUTPUT_DIRECTORY)
        if(NOT folder)
            get_target_property(folder ${DEB_LIBRARY} BINARY_DIR)
        endif()
        list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${folder})
    endif()
    # In these packages, and in no other installation.
    install(FILES ${syncmap_deb_dir}/copyright ${syncmap_deb_dir}/changelog.Debian.gz
        DESTINATION share/doc/${package} COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

set(CPACK_COMPONENTS_ALL)
set(syncmap_deb_about
"SyncMap is a hash map that any number of threads read and write at once,
 and SyncCache a bounded one, with expiry, loaders, and files. Either can be
 shown by QML and by item views.")
get_target_property(syncmap_deb_so SyncMap SOVERSION)
syncmap_add_deb(SyncMapLibrary libsyncmap${syncmap_deb_so} libs
    "concurrent map and cache for Qt" "${syncmap_deb_about}\n.\nThis package has the library."
    LIBRARY SyncMap
)
set(syncmap_deb_libraries SyncMapLibrary)
set(syncmap_deb_modules)
set(syncmap_deb_qt qt6-base-dev)
if(syncmap_has_qml)
    syncmap_add_deb(SyncMapQmlLibrary libsyncmapqml${syncmap_deb_so} libs
        "concurrent map and cache for Qt - QML library"
        "${syncmap_deb_about}\n.\nThis package has the library behind the QML module."
        LIBRARY SyncMapQml
        COMPONENTS SyncMapLibrary
    )
    syncmap_add_deb(SyncMapQmlModule qml6-module-syncmap libs
        "concurrent map and cache for Qt - QML module"
        "${syncmap_deb_about}\n.\nThis package has the QML module SyncMap."
        COMPONENTS SyncMapQmlLibrary
    )
    list(APPEND syncmap_deb_libraries SyncMapQmlLibrary)
    # qmllint and qmlcachegen read what is in there.
    set(syncmap_deb_modules RECOMMENDS "qml6-module-syncmap (= ${syncmap_deb_version})")
    set(syncmap_deb_qt qt6-base-dev qt6-declarative-dev)
endif()
if(syncmap_has_quick)
    syncmap_add_deb(SyncMapQuickLibrary libsyncmapquick${syncmap_deb_so} libs
        "concurrent map and cache for Qt - image provider"
        "${syncmap_deb_about}\n.\nThis package has the image provider for Qt Quick."
        LIBRARY SyncMapQuick
        COMPONENTS SyncMapLibrary
    )
    list(APPEND syncmap_deb_libraries SyncMapQuickLibrary)
endif()
syncmap_add_deb(SyncMapDevelopment libsyncmap-dev libdevel
    "concurrent map and cache for Qt - development files"
    "${syncmap_deb_about}\n.\nThis package has the headers, and what CMake, qmake and pkg-config read."
    COMPONENTS ${syncmap_deb_libraries}
    DEPENDS ${syncmap_deb_qt}
    ${syncmap_deb_modules}
)

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SOURCE syncmap)
set(CPACK_DEBIAN_PACKAGE_MULTIARCH same) # since CMake 3.31
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
# What is installed knows its prefix, and not the folder where the package is put together.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_SYNCMAP_SHARED ${BUILD_SHARED_LIBS})
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/debiancheck.cmake)
include(CPack)
