# SPDX-License-Identifier: MIT

# For tests/platforms/run, which says by SYNCMAP_TRIPLET what is compiled for, by SYNCMAP_LIBRARIES
# where the libraries of that platform are unpacked, and by SYNCMAP_EMULATOR what runs its programs.

set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SYNCMAP_TRIPLET SYNCMAP_LIBRARIES SYNCMAP_EMULATOR)

set(CMAKE_SYSTEM_NAME Linux)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${SYNCMAP_TRIPLET}")
set(CMAKE_C_COMPILER ${SYNCMAP_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${SYNCMAP_TRIPLET}-g++)
if(SYNCMAP_EMULATOR)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${SYNCMAP_EMULATOR})
endif()

# Debian names folders of libraries by another triplet than compilers for i386.
string(REPLACE "i686" "i386" folder "${SYNCMAP_TRIPLET}")
set(CMAKE_LIBRARY_ARCHITECTURE ${folder})

set(CMAKE_FIND_ROOT_PATH ${SYNCMAP_LIBRARIES})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# moc is a program of this machine.
set(QT_HOST_PATH /usr)
set(QT_HOST_PATH_CMAKE_DIR /usr/lib/${CMAKE_HOST_SYSTEM_PROCESSOR}-linux-gnu/cmake)

# Programs name the libraries and the loader that are unpacked, so that they start as any other, also
# by themselves. What libraries need is to be found there, too, hence the older kind of path.
file(GLOB loader ${SYNCMAP_LIBRARIES}/lib/ld-linux*.so.*)
set(paths -Wl,--disable-new-dtags)
foreach(place IN ITEMS usr/lib lib)
    string(APPEND paths " -Wl,-rpath,${SYNCMAP_LIBRARIES}/${place}/${folder}")
endforeach()
set(CMAKE_EXE_LINKER_FLAGS_INIT "${paths} -Wl,--dynamic-linker=${loader}")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${paths}")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "${paths}")
