# SPDX-License-Identifier: MIT

# syncmap_add_test(<name>
#     [SOURCES <file>...]     without it: <name>.cpp
#     [LIBRARIES <target>...] beside SyncMap and Qt Test
#     [LABELS <label>...]     beside the name of the folder, which is the layer
#     [ARGUMENTS <argument>...]
#     [TIMEOUT <seconds>]     by default 300; five times as long under a sanitizer
# )
#
# Adds a test program. Under ThreadSanitizer it runs on an instrumented QtCore, which is built when
# the first of them runs: without it, there are reports of races that are none, in thread pools and
# event loops, and now and then of the thread in which Qt Test itself watches over its functions.
function(syncmap_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS;ARGUMENTS")
    if(DEFINED arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "syncmap_add_test(${name}): what is ${arg_UNPARSED_ARGUMENTS}?")
    endif()
    if(NOT DEFINED arg_SOURCES)
        set(arg_SOURCES ${name}.cpp)
    endif()
    if(NOT DEFINED arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()

    add_executable(${name} ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON CXX_EXTENSIONS OFF)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/shared)
    target_link_libraries(${name} PRIVATE SyncMap::SyncMap Qt6::Test ${arg_LIBRARIES})
    syncmap_enable_warnings(${name})

    cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME layer)
    if(NOT layer STREQUAL "qml")
        syncmap_refuse_fences(${name})
    endif()
    # All programs of a layer: `cmake --build --preset tsan-gcc --target tests-map`.
    if(NOT TARGET tests-${layer})
        add_custom_target(tests-${layer})
    endif()
    add_dependencies(tests-${layer} ${name})
    syncmap_add_run(${name}
        TARGET ${name}
        ARGUMENTS ${arg_ARGUMENTS}
        LABELS ${layer} ${arg_LABELS}
        TIMEOUT ${arg_TIMEOUT}
    )
endfunction()

# syncmap_add_run(<name> TARGET <executable> TIMEOUT <seconds>
#     [ARGUMENTS <argument>...]
#     [LABELS <label>...]
# )
#
# Adds a test that runs a program of this build: a test program, or an example. Under
# ThreadSanitizer on the instrumented QtCore; under any sanitizer it has five times as long.
function(syncmap_add_run name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET;TIMEOUT" "ARGUMENTS;LABELS")
    if(NOT SYNCMAP_SANITIZE STREQUAL "")
        math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5")
    endif()
    if(SYNCMAP_SANITIZE MATCHES "thread")
        syncmap_require_tsan_qtcore()
        set(launcher ${PROJECT_SOURCE_DIR}/tests/shared/on-tsan-qtcore.sh)
    endif()

    add_test(NAME ${name} COMMAND ${launcher} $<TARGET_FILE:${arg_TARGET}> ${arg_ARGUMENTS})
    set_property(TEST ${name} PROPERTY LABELS ${arg_LABELS})
    set_property(TEST ${name} PROPERTY TIMEOUT ${arg_TIMEOUT})
    set_property(TEST ${name} PROPERTY ENVIRONMENT ${syncmap_test_environment})
    if(DEFINED launcher)
        set_property(TEST ${name} PROPERTY FIXTURES_REQUIRED tsan-qtcore)
    endif()
endfunction()

function(syncmap_require_tsan_qtcore)
    get_property(is_added GLOBAL PROPERTY syncmap_tsan_qtcore_is_added)
    if(is_added)
        return()
    endif()
    set_property(GLOBAL PROPERTY syncmap_tsan_qtcore_is_added ON)
    add_test(NAME tsan-qtcore COMMAND ${PROJECT_SOURCE_DIR}/tests/shared/build-tsan-qtcore.sh)
    set_tests_properties(tsan-qtcore PROPERTIES
        FIXTURES_SETUP tsan-qtcore
        TIMEOUT 2400
    )
endfunction()

set(syncmap_test_environment
    QT_QPA_PLATFORM=offscreen
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:check_initialization_order=1:strict_init_order=1
    UBSAN_OPTIONS=print_stacktrace=1
)
