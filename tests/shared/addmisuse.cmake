# SPDX-License-Identifier: MIT

# syncmap_add_misuses(<layer> <target>)
#
# What must not compile says so in one sentence, to GCC and to clang: a test for each misuse/*.cpp in
# this folder, with the include directories of a target.
function(syncmap_add_misuses layer target)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" OR NOT UNIX OR SYNCMAP_SANITIZE MATCHES "thread")
        return()
    endif()
    file(GLOB misuses CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/misuse/*.cpp)
    foreach(misuse IN LISTS misuses)
        get_filename_component(name ${misuse} NAME_WE)
        set(name misuse_${layer}_${name})
        add_test(NAME ${name}
            COMMAND ${PROJECT_SOURCE_DIR}/tests/shared/misuse.sh ${misuse}
                ${CMAKE_CXX_COMPILER} -std=c++17 -fPIC -fsyntax-only
                "-I$<JOIN:$<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>,;-I>"
            COMMAND_EXPAND_LISTS
        )
        set_tests_properties(${name} PROPERTIES LABELS "${layer};one-thread")
    endforeach()
endfunction()
