# SPDX-License-Identifier: MIT

# A Makefile that asks pkg-config. COMPILER.

file(GLOB packages "${installed}/lib*/pkgconfig")
set(pkgconfig pkg-config)
if(NOT SHARED)
    string(APPEND pkgconfig " --static")
endif()

# make(<program>): built anew, for a Makefile does not know of an installation that was moved.
function(make program)
    set(folder "${FOLDER}/build")
    file(REMOVE_RECURSE "${folder}")
    file(MAKE_DIRECTORY "${folder}")
    run(${CMAKE_COMMAND} -E env "PKG_CONFIG_PATH=${packages}"
        make -s -C "${folder}" -f ${PROJECT}/Makefile ${program} CXX=${COMPILER} "PKG_CONFIG=${pkgconfig}")
    runs("${folder}/${program}")
endfunction()

make(map)
if(EXISTS "${packages}/SyncMapQml.pc")
    make(viewer)
endif()
