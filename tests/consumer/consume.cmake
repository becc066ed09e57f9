# SPDX-License-Identifier: MIT

# Builds the TARGET of a PROJECT, and runs the project. HOW it gets the library, the SOURCE of the library,
# a FOLDER to work in (kept, so that the next run only does what changed), GENERATOR, OPTIONS; and
# for find_package the folder of a LIBRARY with these options, and whether it is BUILT already.

function(run)
    execute_process(COMMAND ${CMAKE_COMMAND} ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(options -G ${GENERATOR} ${OPTIONS})
set(consumer ${FOLDER}/consumer)
set(consumer_options -DHOW=${HOW})

if(HOW STREQUAL "find_package")
    if(NOT BUILT)
        run(-S ${SOURCE} -B ${LIBRARY} ${options} -DCMAKE_CXX_STANDARD=17
            -DSYNCMAP_BUILD_TESTS=OFF -DSYNCMAP_BUILD_EXAMPLES=OFF)
        run(--build ${LIBRARY} --config Debug)
    endif()
    # Moved after it was installed: a package that holds the path of its prefix is found out here.
    file(REMOVE_RECURSE ${FOLDER}/installed ${FOLDER}/moved)
    run(--install ${LIBRARY} --config Debug --prefix ${FOLDER}/installed)
    file(RENAME ${FOLDER}/installed ${FOLDER}/moved)
    list(APPEND consumer_options -DCMAKE_PREFIX_PATH=${FOLDER}/moved)
else()
    list(APPEND consumer_options -DSYNCMAP_SOURCE=${SOURCE})
endif()

run(-S ${PROJECT} -B ${consumer} ${options} ${consumer_options})
run(--build ${consumer} --config Debug --target ${TARGET})
execute_process(
    COMMAND ${CMAKE_CTEST_COMMAND} -C Debug --output-on-failure
    WORKING_DIRECTORY ${consumer}
    COMMAND_ERROR_IS_FATAL ANY
)
