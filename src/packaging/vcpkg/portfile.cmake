# SPDX-License-Identifier: MIT

# Never run by vcpkg itself, which needs to build a Qt of its own. What was checked, each time by
# tests/auto/repository/manifests.sh: that it runs through, with stand-ins for vcpkg's functions; that
# what it names is there; and that each feature is an option of CMakeLists.txt. Once, by hand: that
# vcpkg.json is what vcpkg's own schema wants.

# The clone that this port is a part of.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
    FEATURES
        qml SYNCMAP_BUILD_QML
        quick SYNCMAP_BUILD_QUICK
)
# Its Qt has its QML modules there.
vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        ${FEATURE_OPTIONS}
        -DSYNCMAP_INSTALL=ON
        -DSYNCMAP_INSTALL_QMLDIR=Qt6/qml
        -DSYNCMAP_INSTALL_MKSPECSDIR=share/Qt6/mkspecs/modules
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME SyncMap CONFIG_PATH lib/cmake/SyncMap)
vcpkg_fixup_pkgconfig()
vcpkg_copy_pdbs()

# vcpkg knows of the folders lib and bin of the debug build, and not of this one.
file(GLOB targets "${CURRENT_PACKAGES_DIR}/share/SyncMap/*Targets-debug.cmake")
foreach(file IN LISTS targets)
    file(READ "${file}" text)
    string(REPLACE "{_IMPORT_PREFIX}/Qt6/qml" "{_IMPORT_PREFIX}/debug/Qt6/qml" text "${text}")
    file(WRITE "${file}" "${text}")
endforeach()
file(REMOVE_RECURSE
    "${CURRENT_PACKAGES_DIR}/debug/include"
    "${CURRENT_PACKAGES_DIR}/debug/share"
)

file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
