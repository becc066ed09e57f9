# SPDX-License-Identifier: MIT

# The folders of an installation, below its prefix. Those that CMake knows are CMAKE_INSTALL_LIBDIR
# and its like; Qt's are these. An empty variable means: as Qt does, where the prefix is Qt's own, as
# for a distribution's package, so that Qt finds the module by itself; in any other prefix, below the
# folder of libraries, as most projects with a QML module do.
include(GNUInstallDirs)

set(SYNCMAP_INSTALL_QMLDIR "" CACHE STRING
    "Where QML modules go; empty: Qt's folder in Qt's own prefix, else <libraries>/qt6/qml")
set(SYNCMAP_INSTALL_MKSPECSDIR "" CACHE STRING
    "Where qmake's modules go; empty: Qt's folder in Qt's own prefix, else <libraries>/qt6/mkspecs/modules")
mark_as_advanced(SYNCMAP_INSTALL_QMLDIR SYNCMAP_INSTALL_MKSPECSDIR)

set(syncmap_install_qmldir ${CMAKE_INSTALL_LIBDIR}/qt6/qml)
set(syncmap_install_mkspecsdir ${CMAKE_INSTALL_LIBDIR}/qt6/mkspecs/modules)
if(QT6_INSTALL_PREFIX AND QT6_INSTALL_QML AND QT6_INSTALL_ARCHDATA)
    file(REAL_PATH "${CMAKE_INSTALL_PREFIX}" prefix)
    file(REAL_PATH "${QT6_INSTALL_PREFIX}" qt_prefix)
    if(prefix STREQUAL qt_prefix)
        cmake_path(SET syncmap_install_qmldir NORMALIZE "${QT6_INSTALL_QML}")
        cmake_path(SET syncmap_install_mkspecsdir NORMALIZE "${QT6_INSTALL_ARCHDATA}/mkspecs/modules")
    endif()
endif()
if(SYNCMAP_INSTALL_QMLDIR)
    set(syncmap_install_qmldir ${SYNCMAP_INSTALL_QMLDIR})
endif()
if(SYNCMAP_INSTALL_MKSPECSDIR)
    set(syncmap_install_mkspecsdir ${SYNCMAP_INSTALL_MKSPECSDIR})
endif()

# syncmap_way(<out> <from> <to>): how to come from one folder of the installation to another, as
# "../..", or as "." if it is the same. Either may be relative to the prefix, or absolute.
function(syncmap_way out from to)
    cmake_path(ABSOLUTE_PATH from BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" NORMALIZE)
    cmake_path(ABSOLUTE_PATH to BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" NORMALIZE)
    file(RELATIVE_PATH way "${from}" "${to}")
    string(REGEX REPLACE "/$" "" way "${way}")
    if(way STREQUAL "")
        set(way ".")
    endif()
    set(${out} "${way}" PARENT_SCOPE)
endfunction()

# For those who split an installation into packages: what no other component has is for developers.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME SyncMapDevelopment)
