# SPDX-License-Identifier: MIT

include(CMakePackageConfigHelpers)
include(${CMAKE_CURRENT_LIST_DIR}/installrpath.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/describe.cmake)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/SyncMap)

syncmap_set_install_rpath(SyncMap ${CMAKE_INSTALL_LIBDIR})
install(TARGETS SyncMap
    EXPORT SyncMapTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT SyncMapLibrary
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT SyncMapLibrary
        NAMELINK_COMPONENT SyncMapDevelopment
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
)

# One by one rather than as a folder, which would install whatever an editor left there, and rather
# than as a FILE_SET, which is younger than the oldest CMake that can build this.
foreach(header IN LISTS syncmap_headers)
    file(RELATIVE_PATH installed ${PROJECT_SOURCE_DIR}/include ${header})
    cmake_path(GET installed PARENT_PATH folder)
    install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
endforeach()

install(FILES ${PROJECT_BINARY_DIR}/include/SyncMap/syncmapversion.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/SyncMap
)

include(${CMAKE_CURRENT_LIST_DIR}/gdb/installgdb.cmake)

# For translators, see src/translations.
install(FILES ${PROJECT_SOURCE_DIR}/src/translations/syncmap.ts
    DESTINATION ${CMAKE_INSTALL_DATADIR}/SyncMap/translations
)

install(EXPORT SyncMapTargets NAMESPACE SyncMap:: DESTINATION ${package_dir})

# The folder that has the QML module, whose own files are installed with it.
set(SYNCMAP_QML_IMPORT_PATH ${syncmap_install_qmldir})
configure_package_config_file(
    ${CMAKE_CURRENT_LIST_DIR}/SyncMapConfig.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/SyncMapConfig.cmake
    INSTALL_DESTINATION ${package_dir}
    PATH_VARS SYNCMAP_QML_IMPORT_PATH
)
write_basic_package_version_file(
    ${CMAKE_CURRENT_BINARY_DIR}/SyncMapConfigVersion.cmake
    COMPATIBILITY SameMajorVersion
)
install(
    FILES
        ${CMAKE_CURRENT_BINARY_DIR}/SyncMapConfig.cmake
        ${CMAKE_CURRENT_BINARY_DIR}/SyncMapConfigVersion.cmake
        ${CMAKE_CURRENT_LIST_DIR}/SyncMapImportPath.cmake
    DESTINATION ${package_dir}
)

syncmap_describe(SyncMap "Concurrent map and cache for Qt applications"
    MODULES Core
    QMAKE_DEPENDS core
    PRIVATE ${CMAKE_THREAD_LIBS_INIT} ${CMAKE_DL_LIBS}
)
syncmap_install_pri()
