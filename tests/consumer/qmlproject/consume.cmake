# SPDX-License-Identifier: MIT

run(${CMAKE_COMMAND} -S ${PROJECT} -B ${FOLDER}/build ${options})
run(${CMAKE_COMMAND} --build ${FOLDER}/build --config ${CONFIG})
runs(${FOLDER}/build/consumer)
runs(${FOLDER}/build/viewer)
