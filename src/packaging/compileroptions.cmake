# SPDX-License-Identifier: MIT

# For the project's own targets only: a user's warnings are the user's business.
function(syncmap_enable_warnings target)
    if(MSVC)
        # C4324 is about padding after alignas(), which is meant.
        target_compile_options(${target} PRIVATE
            /W4 /wd4324 $<$<BOOL:${SYNCMAP_WARNINGS_AS_ERRORS}>:/WX>
        )
        return()
    endif()
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wundef
        # Macros of Qt's are called without their last argument, by other macros of Qt's.
        $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wno-gnu-zero-variadic-macro-arguments>
        $<$<BOOL:${SYNCMAP_WARNINGS_AS_ERRORS}>:-Werror>
    )
endfunction()

# Usage requirements, not private flags: most of the library is templates, compiled into its users,
# and a race or an overflow there is only seen if they are instrumented too.
function(syncmap_enable_sanitizers target)
    if(SYNCMAP_SANITIZE STREQUAL "")
        return()
    endif()
    set(flags -fsanitize=${SYNCMAP_SANITIZE} -fno-omit-frame-pointer)
    set(compile_flags -g1) # enough for a report
    if(SYNCMAP_SANITIZE MATCHES "undefined")
        list(APPEND flags -fno-sanitize-recover=all)
    endif()
    syncmap_refuse_fences(${target})
    target_compile_options(${target} PUBLIC "$<BUILD_INTERFACE:${flags};${compile_flags}>")
    target_link_options(${target} PUBLIC "$<BUILD_INTERFACE:${flags}>")
endfunction()

# ThreadSanitizer does not follow fences; GCC says where one is used, clang 14 does not. Not for what
# contains sources that qmlcachegen wrote, which have one.
function(syncmap_refuse_fences target)
    if(SYNCMAP_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE -Werror=tsan)
    endif()
endfunction()
