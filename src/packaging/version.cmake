# SPDX-License-Identifier: MIT

# What follows from the version, which stands in the project's CMakeLists.txt and nowhere else:
#
#   source         what compiles with 1.0 compiles with each 1.x
#   binary         what was built with 1.0.x runs with each 1.0.x, and with no other: containers are
#                  templates, compiled into the application, that know the layout of the library's own
#   SONAME         so it is MAJOR.MINOR, and so is the namespace within SyncMapInternal, SYNCMAP_ABI
#   find_package   takes each later version of the same MAJOR
#   import in QML  MAJOR.MINOR, and each earlier one of the same MAJOR
#
# In a project: sets these variables, and writes syncmapversion.h into its build folder. As a script,
# with -DOUTPUT=<folder>: writes it there.
if(CMAKE_SCRIPT_MODE_FILE)
    file(READ ${CMAKE_CURRENT_LIST_DIR}/../../CMakeLists.txt text)
    string(REGEX MATCH "VERSION ([0-9]+)\\.([0-9]+)\\.([0-9]+)\n" found "${text}")
    set(SYNCMAP_VERSION_MAJOR ${CMAKE_MATCH_1})
    set(SYNCMAP_VERSION_MINOR ${CMAKE_MATCH_2})
    set(SYNCMAP_VERSION_PATCH ${CMAKE_MATCH_3})
    string(REGEX MATCH "SYNCMAP_VERSION_SUFFIX \"([^\"]*)\"" found "${text}")
    set(SYNCMAP_VERSION_SUFFIX "${CMAKE_MATCH_1}")
else()
    set(SYNCMAP_VERSION_MAJOR ${PROJECT_VERSION_MAJOR})
    set(SYNCMAP_VERSION_MINOR ${PROJECT_VERSION_MINOR})
    set(SYNCMAP_VERSION_PATCH ${PROJECT_VERSION_PATCH})
    set(OUTPUT ${PROJECT_BINARY_DIR}/include)
endif()
set(SYNCMAP_SOVERSION ${SYNCMAP_VERSION_MAJOR}.${SYNCMAP_VERSION_MINOR})
set(SYNCMAP_VERSION_STR ${SYNCMAP_SOVERSION}.${SYNCMAP_VERSION_PATCH}${SYNCMAP_VERSION_SUFFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/syncmapversion.h.in ${OUTPUT}/SyncMap/syncmapversion.h @ONLY)
