# SPDX-License-Identifier: MIT

# Runs PORT_DIR/portfile.cmake without vcpkg, in FOLDER, and prints the options that it sets. The
# functions take the arguments that vcpkg documents.

cmake_minimum_required(VERSION 3.21)

set(CURRENT_PACKAGES_DIR ${FOLDER}/packages)
set(PORT syncmap)

# parse(<options> <one value> <several values> <required>)
macro(parse options one several required)
    cmake_parse_arguments(PARSE_ARGV 0 ARG "${options}" "${one}" "${several}")
    if(ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${CMAKE_CURRENT_FUNCTION} knows nothing of ${ARG_UNPARSED_ARGUMENTS}")
    endif()
    foreach(argument ${required})
        if(NOT ARG_${argument})
            message(FATAL_ERROR "${CMAKE_CURRENT_FUNCTION} wants ${argument}")
        endif()
    endforeach()
endmacro()

function(vcpkg_check_features)
    parse("" "OUT_FEATURE_OPTIONS;PREFIX" "FEATURES;INVERTED_FEATURES" "OUT_FEATURE_OPTIONS;FEATURES")
    file(READ ${PORT_DIR}/vcpkg.json manifest)
    string(JSON count LENGTH "${manifest}" features)
    list(LENGTH ARG_FEATURES given)
    math(EXPR wanted "2 * ${count}")
    if(NOT given EQUAL wanted)
        message(FATAL_ERROR "vcpkg.json has ${count} features, and the port \"${ARG_FEATURES}\"")
    endif()
    set(options)
    while(ARG_FEATURES)
        list(POP_FRONT ARG_FEATURES feature option)
        string(JSON found GET "${manifest}" features ${feature}) # or an error
        list(APPEND options -D${option}=ON)
    endwhile()
    set(${ARG_OUT_FEATURE_OPTIONS} ${options} PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
    parse("" "SOURCE_PATH;GENERATOR" "OPTIONS;OPTIONS_DEBUG;OPTIONS_RELEASE;MAYBE_UNUSED_VARIABLES" SOURCE_PATH)
    if(NOT EXISTS ${ARG_SOURCE_PATH}/CMakeLists.txt)
        message(FATAL_ERROR "there is no project in ${ARG_SOURCE_PATH}")
    endif()
    message("${ARG_OPTIONS}")
endfunction()

function(vcpkg_cmake_install)
    parse("ADD_BIN_TO_PATH" "" "" "")
    file(WRITE ${CURRENT_PACKAGES_DIR}/lib/cmake/SyncMap/SyncMapQmlPluginTargets-debug.cmake
        "\${_IMPORT_PREFIX}/Qt6/qml/SyncMap/")
    file(WRITE ${CURRENT_PACKAGES_DIR}/debug/include/SyncMap/SyncMap "")
endfunction()

function(vcpkg_cmake_config_fixup)
    parse("DO_NOT_DELETE_PARENT_CONFIG_PATH" "PACKAGE_NAME;CONFIG_PATH;TOOLS_PATH" "" "PACKAGE_NAME;CONFIG_PATH")
    file(MAKE_DIRECTORY ${CURRENT_PACKAGES_DIR}/share)
    file(RENAME ${CURRENT_PACKAGES_DIR}/${ARG_CONFIG_PATH} ${CURRENT_PACKAGES_DIR}/share/${ARG_PACKAGE_NAME})
endfunction()

function(vcpkg_fixup_pkgconfig)
    parse("SKIP_CHECK" "" "" "")
endfunction()

function(vcpkg_copy_pdbs)
    parse("" "" "BUILD_PATHS" "")
endfunction()

function(vcpkg_install_copyright)
    parse("" "COMMENT" "FILE_LIST" FILE_LIST)
    foreach(file IN LISTS ARG_FILE_LIST)
        if(NOT EXISTS ${file})
            message(FATAL_ERROR "there is no ${file}")
        endif()
    endforeach()
    file(WRITE ${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright "")
endfunction()

include(${PORT_DIR}/portfile.cmake)

# What vcpkg itself looks for after a build.
foreach(file IN ITEMS copyright usage)
    if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/share/${PORT}/${file})
        message(FATAL_ERROR "the port installs no ${file}")
    endif()
endforeach()
if(EXISTS ${CURRENT_PACKAGES_DIR}/debug/include)
    message(FATAL_ERROR "the port leaves headers of the debug build")
endif()
file(READ ${CURRENT_PACKAGES_DIR}/share/SyncMap/SyncMapQmlPluginTargets-debug.cmake targets)
if(NOT targets STREQUAL "\${_IMPORT_PREFIX}/debug/Qt6/qml/SyncMap/")
    message(FATAL_ERROR "the QML module of the debug build is looked for in ${targets}")
endif()
