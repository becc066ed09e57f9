# SPDX-License-Identifier: MIT

# Builds and runs a PROJECT. HOW it gets the library, the SOURCE of the library,
# a FOLDER to work in (kept, so that the next run only does what changed), GENERATOR, OPTIONS; and
# for find_package, if there is one, the folder where the library was BUILT with these options.

function(run)
    execute_process(COMMAND ${CMAKE_COMMAND} ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(options -G ${GENERATOR} ${OPTIONS})
set(consumer ${FOLDER}/consumer)
set(consumer_options -DHOW=${HOW})

if(HOW STREQUAL "find_package")
    if(BUILT)
        set(library ${BUILT})
    else()
        set(library ${FOLDER}/library)
        run(-S ${SOURCE} -B ${library} ${options}
            -DSYNCMAP_BUILD_TESTS=OFF -DSYNCMAP_BUILD_EXAMPLES=OFF)
        run(--build ${library} --config Debug)
    endif()
    # Moved after it was installed: a package that holds the path of its prefix is found out here.
    file(REMOVE_RECURSE ${FOLDER}/installed ${FOLDER}/moved)
    run(--install ${library} --config Debug --prefix ${FOLDER}/installed)
    file(RENAME ${FOLDER}/installed ${FOLDER}/moved)
    list(APPEND consumer_options -DCMAKE_PREFIX_PATH=${FOLDER}/moved)
else()
    list(APPEND consumer_options -DSYNCMAP_SOURCE=${SOURCE})
endif()

run(-S ${PROJECT} -B ${consumer} ${options} ${consumer_options})
run(--build ${consumer} --config Debug)
execute_process(
    COMMAND ${CMAKE_CTEST_COMMAND} -C Debug --output-on-failure
    WORKING_DIRECTORY ${consumer}
    COMMAND_ERROR_IS_FATAL ANY
)
