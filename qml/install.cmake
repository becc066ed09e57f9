# SPDX-License-Identifier: MIT

include(${PROJECT_SOURCE_DIR}/src/packaging/installrpath.cmake)

set(syncmap_qml_dir ${CMAKE_INSTALL_LIBDIR}/qt6/qml/SyncMap)

syncmap_set_install_rpath(SyncMapQml ${CMAKE_INSTALL_LIBDIR})
syncmap_set_install_rpath(SyncMapQmlplugin ${syncmap_qml_dir}) # Qt's guess knows another folder
install(TARGETS SyncMapQml ${syncmap_qml_targets} ${syncmap_import_targets}
    EXPORT SyncMapQmlTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR}/SyncMap
)
# In a file of its own, for distributions have it in a package of its own, which need not be there.
install(TARGETS SyncMapQmlplugin
    EXPORT SyncMapQmlPluginTargets
    RUNTIME DESTINATION ${syncmap_qml_dir}
    LIBRARY DESTINATION ${syncmap_qml_dir}
    ARCHIVE DESTINATION ${syncmap_qml_dir}
)
install(
    FILES
        ${CMAKE_BINARY_DIR}/qml/SyncMap/qmldir
        ${CMAKE_BINARY_DIR}/qml/SyncMap/SyncMap.qmltypes
    DESTINATION ${syncmap_qml_dir}
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
