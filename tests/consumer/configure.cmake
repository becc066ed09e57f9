# SPDX-License-Identifier: MIT

# What CMake says to somebody who builds the library of SOURCE: one line about it, no warning, and a
# sentence where it cannot do what was asked for. And where the QML module would be installed. FOLDER,
# GENERATOR, OPTIONS; Qt's own prefix, QT_PREFIX, and its folder of QML modules below it, QT_QML.

cmake_minimum_required(VERSION 3.21)

# expect(<result> <pattern> <option>...): a fresh configuration succeeds (0) or fails (1), and says that.
function(expect result pattern)
    file(REMOVE_RECURSE ${FOLDER})
    expect_again(${result} "${pattern}" ${ARGN})
endfunction()

# In the folder as it is.
function(expect_again result pattern)
    execute_process(
        COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${FOLDER} -G ${GENERATOR} ${OPTIONS} ${ARGN}
        OUTPUT_VARIABLE said
        ERROR_VARIABLE said
        RESULT_VARIABLE outcome
    )
    string(REGEX REPLACE "[ \n]+" " " said "${said}") # as CMake wraps it
    if(NOT outcome EQUAL result OR NOT said MATCHES "${pattern}" OR said MATCHES "Warning")
        message(FATAL_ERROR "With \"${ARGN}\": ${outcome}, where ${result} was expected, and\n"
            "\"${pattern}\" without a warning, in:\n${said}")
    endif()
endfunction()

# expect_qml(<folder below the prefix>): that is what the package says of the last configuration.
function(expect_qml folder)
    file(STRINGS ${FOLDER}/src/SyncMapConfig.cmake line REGEX "^set\\(SyncMap_QML_IMPORT_PATH ")
    if(NOT line STREQUAL "set(SyncMap_QML_IMPORT_PATH \"\${PACKAGE_PREFIX_DIR}/${folder}\")")
        message(FATAL_ERROR "The QML module should go to ${folder}, and the package says\n${line}")
    endif()
endfunction()

set(without_qml -DCMAKE_DISABLE_FIND_PACKAGE_Qt6Qml=ON -DCMAKE_DISABLE_FIND_PACKAGE_Qt6Quick=ON)
set(without_quick -DCMAKE_DISABLE_FIND_PACKAGE_Qt6Quick=ON)

expect(0 "-- SyncMap [0-9.]+[^ ]*: shared, Release; QML module: yes; image provider: yes -- ")
file(GLOB others ${FOLDER}/tests ${FOLDER}/examples)
if(others)
    message(FATAL_ERROR "The default is the library alone, and there is ${others}")
endif()
expect_qml(lib/qt6/qml)
expect_again(0 "" -DCMAKE_INSTALL_LIBDIR=lib64)
expect_qml(lib64/qt6/qml)
expect_again(0 "" -DSYNCMAP_INSTALL_QMLDIR=elsewhere)
expect_qml(elsewhere)
# Where Qt finds it by itself.
expect(0 "" -DCMAKE_INSTALL_PREFIX=${QT_PREFIX})
expect_qml(${QT_QML})
expect(0 "SyncMap [0-9.]+[^ ]*: static, Debug" -DBUILD_SHARED_LIBS=OFF -DCMAKE_BUILD_TYPE=Debug)
expect(0 "QML module: yes; image provider: no, there is no Qt Quick" ${without_quick})
expect(0 "QML module: no, there is no Qt Qml; image provider: no" ${without_qml})
# Somebody installs what was missing.
expect_again(0 "QML module: yes; image provider: yes" "-UCMAKE_DISABLE_FIND_PACKAGE_*")
expect(0 "QML module: no, SYNCMAP_BUILD_QML is off;" -DSYNCMAP_BUILD_QML=OFF)
expect(1 "SYNCMAP_BUILD_QML is on, but Qt Qml 6.4 or later was not found. Install it"
    ${without_qml} -DSYNCMAP_BUILD_QML=ON)
expect(1 "SYNCMAP_BUILD_QUICK is on, but Qt Quick 6.4 or later was not found. Install it"
    ${without_quick} -DSYNCMAP_BUILD_QUICK=ON)
# Of the parts that the tests and the examples need, Qt tells by itself.
expect(1 "required Qt component .?\"Test\"" -DSYNCMAP_BUILD_TESTS=ON
    -DCMAKE_DISABLE_FIND_PACKAGE_Qt6Test=ON)
expect(1 "required Qt component .?\"Concurrent\"" -DSYNCMAP_BUILD_EXAMPLES=ON
    -DCMAKE_DISABLE_FIND_PACKAGE_Qt6Concurrent=ON)
