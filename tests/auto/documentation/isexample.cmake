# SPDX-License-Identifier: MIT

# The first block of a LANGUAGE in README is the EXAMPLE, to the letter, without its licence.

cmake_minimum_required(VERSION 3.21)
include(${CMAKE_CURRENT_LIST_DIR}/../../shared/readme.cmake)

syncmap_readme_block(text ${README} "" ${LANGUAGE})
file(READ ${EXAMPLE} example)
string(REGEX REPLACE "^// SPDX[^\n]*\n\n" "" example "${example}")
if(NOT example STREQUAL text)
    message(FATAL_ERROR "${EXAMPLE} is not what ${README} shows:\n${text}")
endif()
