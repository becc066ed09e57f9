# SPDX-License-Identifier: MIT

# Distributions have the QML module in a package of its own, and not everybody installs it.
if(installed)
    file(REMOVE_RECURSE "${installed}/lib/qt6")
endif()
run(${CMAKE_COMMAND} -S ${PROJECT} -B ${FOLDER}/build ${options})
# Who takes the map needs no more of the library to be built.
run(${CMAKE_COMMAND} --build ${FOLDER}/build --config ${CONFIG} --target consumer)
runs(${FOLDER}/build/consumer)
