# SPDX-License-Identifier: MIT

# What README.md says, to the letter: its projects are taken out of it, built, and started.

include(${SOURCE}/tests/shared/readme.cmake)

# take(<file> <section> <language> <number>): a block of README.md, as a file of a project. What it
# says of add_subdirectory() and FetchContent is done, too.
function(take file section language number)
    syncmap_readme_block(text ${SOURCE}/README.md "${section}" ${language} ${number})
    if(NOT installed AND file MATCHES "CMakeLists.txt$")
        set(instead "add_subdirectory([[${SOURCE}]] syncmap)")
        if(HOW STREQUAL "FetchContent")
            set(instead "include(FetchContent)\nFetchContent_Declare(SyncMap SOURCE_DIR [[${SOURCE}]])\n")
            string(APPEND instead "FetchContent_MakeAvailable(SyncMap)")
        endif()
        string(REGEX REPLACE "find_package\\(SyncMap[^)]*\\)" "${instead}" text "${text}")
    endif()
    # Only if it is another one: what was built of it stays.
    file(CONFIGURE OUTPUT ${FOLDER}/${file} CONTENT "${text}" @ONLY)
endfunction()

take(sizes/main.cpp "Use it" cpp 1)
take(sizes/CMakeLists.txt "Use it" cmake 1)
take(prices/main.cpp "" cpp 1)
take(prices/Main.qml "" qml 1)
take(prices/CMakeLists.txt "Bind to it" cmake 1)
take(names.qml "Bind to it" qml 2)
take(label/main.cpp "In widgets" cpp 1)
take(label/CMakeLists.txt "In widgets" cmake 1)

# Where the library comes with the project it is built with it: once for each way, not twice.
set(projects sizes prices label)
if(HOW STREQUAL "FetchContent")
    set(projects sizes)
elseif(HOW STREQUAL "add_subdirectory")
    set(projects prices)
endif()
foreach(project IN LISTS projects)
    run(${CMAKE_COMMAND} -S ${FOLDER}/${project} -B ${FOLDER}/build-${project} ${options})
    run(${CMAKE_COMMAND} --build ${FOLDER}/build-${project} --config ${CONFIG} --target ${project})
endforeach()
if("sizes" IN_LIST projects)
    starts("bytes in errno.h" ${FOLDER}/build-sizes/sizes)
endif()
if("label" IN_LIST projects)
    starts("AERO 2000" ${FOLDER}/build-label/label)
endif()
if(NOT "prices" IN_LIST projects)
    return()
endif()
starts("AERO 2000" ${FOLDER}/build-prices/prices)

# Qt's tools find the module, too.
lints(${FOLDER}/build-prices prices_qmllint)
language_server_finds_module(${FOLDER}/build-prices)

# Somebody who only imports it.
if(installed AND SHARED AND QML)
    file(GLOB imports "${installed}/lib*/qt6/qml")
    starts("the name of 42" ${QML} -I "${imports}" ${FOLDER}/names.qml)
endif()
