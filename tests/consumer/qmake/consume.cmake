# SPDX-License-Identifier: MIT

# Projects of qmake, which learns of the library by an include, or by QMAKEMODULES. QMAKE, COMPILER.

# make(<project>): built anew, for a Makefile does not know of an installation that was moved.
function(make project)
    set(folder "${FOLDER}/build ${project}")
    file(REMOVE_RECURSE "${folder}")
    file(MAKE_DIRECTORY "${folder}")
    run(${CMAKE_COMMAND} -E chdir "${folder}" ${CMAKE_COMMAND} -E env ${ARGN}
        ${QMAKE} ${PROJECT}/${project}.pro QMAKE_CXX=${COMPILER} QMAKE_LINK=${COMPILER})
    run(make -s -C "${folder}")
    runs("${folder}/${project}")
endfunction()

file(GLOB pri "${installed}/lib*/qmake/syncmap.pri")
make(map "SYNCMAP_PRI=${pri}")
file(GLOB modules "${installed}/lib*/qt6/mkspecs/modules")
if(EXISTS "${modules}/qt_lib_SyncMapQml.pri")
    make(viewer "QMAKEMODULES=${modules}")
endif()
