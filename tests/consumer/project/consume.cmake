# SPDX-License-Identifier: MIT

run(${CMAKE_COMMAND} -S ${PROJECT} -B ${FOLDER}/build ${options})
# Who takes the map needs no more of the library to be built.
run(${CMAKE_COMMAND} --build ${FOLDER}/build --config Debug --target consumer)
runs(${FOLDER}/build/consumer)
