# SPDX-License-Identifier: MIT

run(${CMAKE_COMMAND} -S ${PROJECT} -B ${FOLDER}/build ${options})
run(${CMAKE_COMMAND} --build ${FOLDER}/build --config ${CONFIG})
lints(${FOLDER}/build viewer_qmllint)
language_server_finds_module(${FOLDER}/build)
runs(${FOLDER}/build/consumer)
runs(${FOLDER}/build/viewer)
