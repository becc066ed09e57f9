# SPDX-License-Identifier: MIT

add_custom_target(quick)
add_custom_target(slow)
add_custom_target(hand-over)

# syncmap_add_test(<name>
#     [SOURCES <file>...]     without it: <name>.cpp
#     [LIBRARIES <target>...] beside SyncMap and Qt Test
#     [LABELS <label>...]     beside the names of the folders: the layer, and a room of it
#     [ARGUMENTS <argument>...]
#     [TIMEOUT <seconds>]     by default 300; five times as long under a sanitizer
#     [ONE_THREAD]            has no race to be found: not built with ThreadSanitizer
#     [HAND_OVER]             of memory between threads: for a second ThreadSanitizer, an optimiser,
#                             and without membarrier: label hand-over, target hand-over
#     [SLOW]                  to build or to run: not for tests/run, but for .ci/run
#     [BY_HAND]               for neither: another build shows the same
#     [COST <seconds>]        about: those that take long begin first, so that none is left alone
# )
#
# Adds a test program. Under ThreadSanitizer it runs on an instrumented QtCore, which is built when
# the first of them runs: without it, there are reports of races that are none, in thread pools and
# event loops, and now and then of the thread in which Qt Test itself watches over its functions.
function(syncmap_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg
        "ONE_THREAD;HAND_OVER;SLOW;BY_HAND" "TIMEOUT;COST" "SOURCES;LIBRARIES;LABELS;ARGUMENTS"
    )
    if(DEFINED arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "syncmap_add_test(${name}): what is ${arg_UNPARSED_ARGUMENTS}?")
    endif()
    if(NOT DEFINED arg_SOURCES)
        set(arg_SOURCES ${name}.cpp)
    endif()
    if(NOT DEFINED arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()

    if(arg_ONE_THREAD AND SYNCMAP_SANITIZE MATCHES "thread")
        return()
    endif()

    add_executable(${name} ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/shared)
    target_link_libraries(${name} PRIVATE SyncMap::SyncMap Qt6::Test ${arg_LIBRARIES})
    syncmap_enable_warnings(${name})
    syncmap_moc_test(${name} ${arg_SOURCES})
    file(RELATIVE_PATH folders ${PROJECT_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
    string(REPLACE "/" ";" folders "${folders}")
    list(REMOVE_ITEM folders auto)
    list(GET folders 0 layer)

    # Other libraries have macros that the headers of Qt Test ask for.
    if(SYNCMAP_PRECOMPILE_HEADERS AND NOT arg_LIBRARIES)
        set(precompiled precompiled)
        if(layer MATCHES "^(cache|object)$")
            set(precompiled precompiledcache)
            target_link_libraries(${name} PRIVATE ${precompiled})
        endif()
        target_precompile_headers(${name} REUSE_FROM ${precompiled})
        target_compile_options(${name} PRIVATE ${syncmap_options_of_precompiled_headers})
    endif()

    if(NOT layer STREQUAL "qml")
        syncmap_refuse_fences(${name})
    endif()
    # All programs of a layer: `cmake --build --preset tsan-gcc --target tests-map`.
    if(NOT TARGET tests-${layer})
        add_custom_target(tests-${layer})
    endif()
    add_dependencies(tests-${layer} ${name})
    if(arg_HAND_OVER)
        add_dependencies(hand-over ${name})
    endif()
    foreach(kind IN ITEMS ONE_THREAD HAND_OVER SLOW BY_HAND)
        if(arg_${kind})
            string(TOLOWER ${kind} label)
            string(REPLACE "_" "-" label ${label})
            list(APPEND folders ${label})
        endif()
    endforeach()
    syncmap_add_run(${name}
        TARGET ${name}
        ARGUMENTS ${arg_ARGUMENTS}
        LABELS ${folders} ${arg_LABELS}
        TIMEOUT ${arg_TIMEOUT}
    )
    if(DEFINED arg_COST)
        set_property(TEST ${name} PROPERTY COST ${arg_COST})
    endif()
endfunction()

# Runs moc for the test class that is in a tst_*.cpp. AUTOMOC would do it too, in four steps and with
# one more source for each test; and qt_generate_moc() shows it all that the test includes, of which
# it needs the name of the system, in a twentieth of the time.
get_target_property(folders Qt6::Core INTERFACE_INCLUDE_DIRECTORIES)
find_file(SYNCMAP_SYSTEMDETECTION qsystemdetection.h PATHS ${folders} NO_DEFAULT_PATH REQUIRED)
mark_as_advanced(SYNCMAP_SYSTEMDETECTION)
function(syncmap_moc_test name)
    foreach(source IN LISTS ARGN)
        cmake_path(GET source STEM LAST_ONLY stem)
        if(stem MATCHES "^tst_")
            set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}_moc)
            file(MAKE_DIRECTORY ${folder})
            add_custom_command(
                OUTPUT ${folder}/${stem}.moc
                COMMAND Qt6::moc --include ${SYNCMAP_SYSTEMDETECTION}
                    ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${folder}/${stem}.moc
                DEPENDS ${source}
                VERBATIM
            )
            target_sources(${name} PRIVATE ${folder}/${stem}.moc)
            target_include_directories(${name} PRIVATE ${folder})
        endif()
    endforeach()
endfunction()

# With these, ccache may answer for what is compiled with a precompiled header: GCC shows it where
# the header is used, and clang's do not differ by the time of day.
set(syncmap_options_of_precompiled_headers
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
    "$<$<CXX_COMPILER_ID:Clang,AppleClang>:SHELL:-Xclang -fno-pch-timestamp>"
)

# What most tests include, parsed once for all of them. Each includes what it needs, and the builds
# without this show that it does.
#
# The library `precompiled` stands for shared/precompiled.h, and `precompiledcache` for what the tests of
# caches have on top, of which some is compiled once, too.
function(syncmap_add_precompiled_header name)
    add_library(${name} STATIC EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/shared/${name}.cpp)
    set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
    target_link_libraries(${name} PRIVATE SyncMap::SyncMap Qt6::Test)
    # By name, for a path would be another one in each checkout.
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/shared)
    target_precompile_headers(${name} PRIVATE <${name}.h>)
    # As in the tests, for a warning may predefine a macro.
    syncmap_enable_warnings(${name})
    target_compile_options(${name} PRIVATE ${syncmap_options_of_precompiled_headers})
endfunction()

# Qt Test defines macros with the names of folders, others for each test and each checkout, so that
# neither a precompiled header nor what ccache knows could be shared. No test asks for them.
get_target_property(definitions Qt6::Test INTERFACE_COMPILE_DEFINITIONS)
list(FILTER definitions EXCLUDE REGEX "QT_TESTCASE_")
set_target_properties(Qt6::Test PROPERTIES INTERFACE_COMPILE_DEFINITIONS "${definitions}")

if(SYNCMAP_PRECOMPILE_HEADERS)
    syncmap_add_precompiled_header(precompiled)
    syncmap_add_precompiled_header(precompiledcache)
endif()

# syncmap_add_run(<name> TARGET <executable> TIMEOUT <seconds>
#     [ARGUMENTS <argument>...]
#     [LABELS <label>...]
# )
#
# Adds a test that runs a program of this build: a test program, or an example. Under
# ThreadSanitizer on the instrumented QtCore; under any sanitizer it has five times as long, and in an
# emulator (CMAKE_CROSSCOMPILING_EMULATOR) twenty times. The programs of those without the labels
# "slow" and "by-hand" are what tests/run builds: the target `quick`; those of those with it are the
# target `slow`.
function(syncmap_add_run name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET;TIMEOUT" "ARGUMENTS;LABELS")
    if(NOT SYNCMAP_SANITIZE STREQUAL "")
        math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5")
    endif()
    if(SYNCMAP_SANITIZE MATCHES "thread")
        syncmap_require_tsan_qtcore()
        set(launcher ${PROJECT_SOURCE_DIR}/tests/shared/on-tsan-qtcore.sh)
    endif()
    if(CMAKE_CROSSCOMPILING_EMULATOR)
        math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 20")
        set(launcher ${CMAKE_CROSSCOMPILING_EMULATOR})
        # For those that start themselves again.
        list(APPEND syncmap_test_environment SYNCMAP_EMULATOR=${CMAKE_CROSSCOMPILING_EMULATOR})
    endif()
    # The watchdog of Qt Test over each function knows neither, and is not to be the first.
    list(APPEND syncmap_test_environment QTEST_FUNCTION_TIMEOUT=${arg_TIMEOUT}000)

    add_test(NAME ${name} COMMAND ${launcher} $<TARGET_FILE:${arg_TARGET}> ${arg_ARGUMENTS})
    set_property(TEST ${name} PROPERTY LABELS ${arg_LABELS})
    if("slow" IN_LIST arg_LABELS)
        add_dependencies(slow ${arg_TARGET})
    elseif(NOT "by-hand" IN_LIST arg_LABELS)
        add_dependencies(quick ${arg_TARGET})
    endif()
    set_property(TEST ${name} PROPERTY TIMEOUT ${arg_TIMEOUT})
    set_property(TEST ${name} PROPERTY ENVIRONMENT ${syncmap_test_environment})
    if(SYNCMAP_SANITIZE MATCHES "thread")
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
    # Whoever loses his processor under a guard is not warned of: the warning is looked for where it is
    # wanted, and elsewhere in the way of those who count what is printed or allocated.
    SYNCMAP_GUARD_LIMIT_MS=0
)
