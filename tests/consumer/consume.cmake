# SPDX-License-Identifier: MIT

# Builds a PROJECT that takes the library of SOURCE, and runs it. HOW it gets it:
#
#   installed  to a prefix
#   moved      installed to a prefix, which is then moved: a package that holds the path of its prefix
#              is found out here; to a name with a space
#   DESTDIR    installed to a stage, as packagers do, and found there
#   add_subdirectory, FetchContent
#
# GENERATOR, OPTIONS, and a FOLDER to work in, which is kept, so that the next run only does what
# changed. For the first three a LIBRARY: the folder where it is built, with LIBRARY_OPTIONS, unless it
# is BUILT already; and whether it is SHARED. The CONFIG of both is Debug, if nothing else is said.

cmake_minimum_required(VERSION 3.21)

if(NOT CONFIG)
    set(CONFIG Debug)
endif()

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(options -G ${GENERATOR} ${OPTIONS} -DHOW=${HOW})

# Where it was installed, if it was.
set(installed)
if(HOW MATCHES "installed|moved|DESTDIR" AND NOT BUILT)
    run(${CMAKE_COMMAND} -S ${SOURCE} -B ${LIBRARY} -G ${GENERATOR} ${LIBRARY_OPTIONS})
    run(${CMAKE_COMMAND} --build ${LIBRARY} --config ${CONFIG})
endif()
if(HOW STREQUAL "installed")
    set(installed ${FOLDER}/installed)
    file(REMOVE_RECURSE ${installed})
    run(${CMAKE_COMMAND} --install ${LIBRARY} --config ${CONFIG} --prefix ${installed})
elseif(HOW STREQUAL "moved")
    set(installed "${FOLDER}/moved here")
    file(REMOVE_RECURSE ${FOLDER}/installed "${installed}")
    run(${CMAKE_COMMAND} --install ${LIBRARY} --config ${CONFIG} --prefix ${FOLDER}/installed)
    file(RENAME ${FOLDER}/installed "${installed}")
elseif(HOW STREQUAL "DESTDIR")
    set(installed ${FOLDER}/stage/opt/syncmap)
    file(REMOVE_RECURSE ${FOLDER}/stage)
    run(${CMAKE_COMMAND} -E env DESTDIR=${FOLDER}/stage
        ${CMAKE_COMMAND} --install ${LIBRARY} --config ${CONFIG} --prefix /opt/syncmap)
endif()
if(installed)
    list(APPEND options "-DCMAKE_PREFIX_PATH=${installed}")
else()
    list(APPEND options -DSYNCMAP_SOURCE=${SOURCE})
endif()

# runs(<command>...): the program ends by itself, and well.
function(runs)
    run(${CMAKE_COMMAND} -E env --unset=LD_LIBRARY_PATH --unset=QML_IMPORT_PATH
        --unset=QML2_IMPORT_PATH QT_QPA_PLATFORM=offscreen ${ARGN})
endfunction()

# starts(<text> <command>...): the program runs, and says that. It is ended then.
function(starts text)
    run(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/starts.sh ${text} ${ARGN})
endfunction()

# lints(<folder> <target>): the target finds the module and what is in it.
function(lints folder target)
    execute_process(
        COMMAND ${CMAKE_COMMAND} --build ${folder} --config ${CONFIG} --target ${target}
        OUTPUT_VARIABLE said
        ERROR_VARIABLE said
        RESULT_VARIABLE failed
    )
    if(failed OR said MATCHES "Warning|not found")
        message(FATAL_ERROR "${target} in ${folder} says:\n${said}")
    endif()
endfunction()

# Qt Creator's language server finds the module from every module that is built in FOLDER, by the file
# that newer Qt writes for it there.
function(language_server_finds_module folder)
    set(file ${folder}/.qt/.qmlls.build.ini)
    if(NOT EXISTS ${file})
        return()
    endif()
    file(STRINGS ${file} lines REGEX "^importPaths=")
    foreach(line IN LISTS lines)
        string(REGEX REPLACE "^importPaths=\"(.*)\"$" "\\1" paths "${line}")
        string(REPLACE ":" ";" paths "${paths}")
        list(TRANSFORM paths APPEND /SyncMap/qmldir)
        set(found)
        foreach(path IN LISTS paths)
            if(EXISTS "${path}")
                set(found ${path})
            endif()
        endforeach()
        if(NOT found)
            message(FATAL_ERROR "${file} leads to no module SyncMap: ${line}")
        endif()
    endforeach()
endfunction()

include(${PROJECT}/consume.cmake)
