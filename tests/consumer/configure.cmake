# SPDX-License-Identifier: MIT

# What CMake says to somebody who builds the library of SOURCE: one line about it, no warning, and a
# sentence where it cannot do what was asked for. FOLDER, GENERATOR, OPTIONS.

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

set(without_qml -DCMAKE_DISABLE_FIND_PACKAGE_Qt6Qml=ON -DCMAKE_DISABLE_FIND_PACKAGE_Qt6Quick=ON)
set(without_quick -DCMAKE_DISABLE_FIND_PACKAGE_Qt6Quick=ON)

expect(0 "-- SyncMap [0-9.]+: shared, Release; QML module: yes; image provider: yes -- ")
file(GLOB others ${FOLDER}/tests ${FOLDER}/examples)
if(others)
    message(FATAL_ERROR "The default is the library alone, and there is ${others}")
endif()
expect(0 "SyncMap [0-9.]+: static, Debug" -DBUILD_SHARED_LIBS=OFF -DCMAKE_BUILD_TYPE=Debug)
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
