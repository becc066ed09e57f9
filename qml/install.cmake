# SPDX-License-Identifier: MIT

include(${PROJECT_SOURCE_DIR}/src/packaging/installrpath.cmake)
include(${PROJECT_SOURCE_DIR}/src/packaging/describe.cmake)

set(syncmap_qml_dir ${syncmap_install_qmldir}/SyncMap)

syncmap_set_install_rpath(SyncMapQml ${CMAKE_INSTALL_LIBDIR})
syncmap_set_install_rpath(SyncMapQmlplugin ${syncmap_qml_dir}) # Qt's guess knows another folder
install(TARGETS SyncMapQml ${syncmap_qml_targets} ${syncmap_import_targets}
    EXPORT SyncMapQmlTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT SyncMapQmlLibrary
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT SyncMapQmlLibrary
        NAMELINK_COMPONENT SyncMapDevelopment
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR}/SyncMap
)
# In a file of its own, for distributions have it in a package of its own, which need not be there.
install(TARGETS SyncMapQmlplugin
    EXPORT SyncMapQmlPluginTargets
    RUNTIME DESTINATION ${syncmap_qml_dir} COMPONENT SyncMapQmlModule
    LIBRARY DESTINATION ${syncmap_qml_dir} COMPONENT SyncMapQmlModule
    ARCHIVE DESTINATION ${syncmap_qml_dir}
)
install(
    FILES
        ${CMAKE_BINARY_DIR}/qml/SyncMap/qmldir
        ${CMAKE_BINARY_DIR}/qml/SyncMap/SyncMap.qmltypes
    DESTINATION ${syncmap_qml_dir}
    COMPONENT SyncMapQmlModule
)
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/linkreference.cpp
    DESTINATION ${CMAKE_INSTALL_DATADIR}/SyncMap
)
foreach(targets IN ITEMS SyncMapQmlTargets SyncMapQmlPluginTargets)
    install(EXPORT ${targets}
        NAMESPACE SyncMap::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/SyncMap
    )
endforeach()

# For qmake and pkg-config, which have no sources and no object files to hand on: the options of the
# linker do. How they are spelled is known of ELF alone.
if(WIN32 OR APPLE)
    return()
endif()
if(kind STREQUAL "SHARED")
    set(flags --push-state --no-as-needed -l$<TARGET_LINKER_FILE_BASE_NAME:SyncMapQml> --pop-state)
else()
    # The resources in an archive of their own, for all of them are wanted, and no plugin is.
    set(objects ${syncmap_qml_targets} ${syncmap_import_targets})
    list(FILTER objects INCLUDE REGEX "_resources_")
    list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
    add_library(SyncMapQmlResources STATIC ${objects})
    set_target_properties(SyncMapQmlResources PROPERTIES LINKER_LANGUAGE CXX AUTOMOC OFF)
    add_dependencies(SyncMapQml SyncMapQmlResources)
    install(TARGETS SyncMapQmlResources ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    set(flags --undefined=_ZN15SyncMapInternal13keepQmlModuleEv
        --whole-archive -l$<TARGET_LINKER_FILE_BASE_NAME:SyncMapQmlResources> --no-whole-archive)
endif()
syncmap_describe(SyncMapQml "SyncMap's module for QML"
    MODULES Qml
    LIBRARIES SyncMap
    QMAKE_DEPENDS qml
    FLAGS ${flags}
)
