# SPDX-License-Identifier: MIT

# Read by cpack before it makes packages.
if(NOT CPACK_PACKAGING_INSTALL_PREFIX STREQUAL "/usr" OR NOT CPACK_SYNCMAP_SHARED)
    message(FATAL_ERROR "Debian packages are for shared libraries in /usr: configure a build of its own "
        "with -DCMAKE_INSTALL_PREFIX=/usr and -DBUILD_SHARED_LIBS=ON.")
endif()
