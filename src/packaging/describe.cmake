# SPDX-License-Identifier: MIT

include(${CMAKE_CURRENT_LIST_DIR}/installdirs.cmake)

# syncmap_describe(<target> <description>
#     MODULES <module of Qt>...       that it needs: Core
#     [LIBRARIES <name>...]           of SyncMap that it needs
#     [QMAKE_DEPENDS <name>...]       the same, as qmake calls them: core
#     [FLAGS <option of ld>...]       what else the linker is told
#     [PRIVATE <flag>...]             what a static library needs on top
# )
#
# Tells qmake and pkg-config of an installed library, which CMake knows by its package: installs
# <target>.pc and qt_lib_<target>.pri, named as the library. Both find it from where they are
# themselves, so that the installation can be moved.
#
# FLAGS are joined to one option of the compiler, which no tool takes apart or puts elsewhere. In
# them, <name> of a library that is to be linked is written as -l<name>.
function(syncmap_describe target description)
    cmake_parse_arguments(PARSE_ARGV 2 ARG "" "" "MODULES;LIBRARIES;QMAKE_DEPENDS;FLAGS;PRIVATE")
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/described)
    get_target_property(type ${target} TYPE)

    # Of the same name as the file of the library, which a build may have given a suffix.
    set(library $<TARGET_LINKER_FILE_BASE_NAME:${target}>)
    set(defines)
    set(kind)
    if(type STREQUAL "STATIC_LIBRARY")
        set(kind staticlib)
        set(defines SYNCMAP_STATIC)
    endif()

    # Absolute folders stay where they are.
    set(pc_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    syncmap_way(way "${pc_folder}" "${CMAKE_INSTALL_PREFIX}")
    set(pc_prefix "\${pcfiledir}/${way}")
    if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
        set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
    endif()
    set(bindir ${CMAKE_INSTALL_BINDIR})
    set(libdir ${CMAKE_INSTALL_LIBDIR})
    set(includedir ${CMAKE_INSTALL_INCLUDEDIR})
    set(qmldir ${syncmap_install_qmldir})
    foreach(name IN ITEMS bindir libdir includedir qmldir)
        set(place ${${name}})
        cmake_path(ABSOLUTE_PATH place BASE_DIRECTORY "\${prefix}" OUTPUT_VARIABLE pc_${name})
        syncmap_way(way "${syncmap_install_mkspecsdir}" "${place}")
        set(pri_${name} "\$\$clean_path(\$\$PWD/${way})")
        if(IS_ABSOLUTE "${place}")
            set(pri_${name} "${place}")
        endif()
    endforeach()

    # What was built together goes together.
    list(TRANSFORM ARG_LIBRARIES APPEND " = ${PROJECT_VERSION}" OUTPUT_VARIABLE pc_libraries)
    list(TRANSFORM ARG_MODULES REPLACE "(.+)" "Qt6\\1 >= ${SYNCMAP_QT_FLOOR}" OUTPUT_VARIABLE pc_modules)
    string(JOIN ", " pc_requires ${pc_libraries} ${pc_modules})
    set(pc_cflags)
    if(defines)
        set(pc_cflags " -D${defines}")
    endif()
    set(pc_libs "-l${library}")
    set(pri_ldflags)
    if(ARG_FLAGS)
        string(JOIN "," flags -Wl ${ARG_FLAGS})
        string(PREPEND pc_libs "${flags} ")
        # By its path, for nobody tells qmake's linker of the folder.
        string(REGEX REPLACE "-l([^,]+)"
            "\$\$QT.${target}.libs/${CMAKE_${type}_PREFIX}\\1${CMAKE_${type}_SUFFIX}" pri_ldflags "${flags}")
    endif()
    list(TRANSFORM ARG_PRIVATE PREPEND "-l" REGEX "^[^-]") # dl
    string(JOIN " " pc_private ${ARG_PRIVATE})
    if(NOT type STREQUAL "STATIC_LIBRARY")
        set(pc_private)
    endif()
    string(JOIN " " pri_depends ${ARG_LIBRARIES} ${ARG_QMAKE_DEPENDS})

    foreach(file IN ITEMS library.pc library.pri)
        configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${file}.in ${folder}/${target}-${file}.in @ONLY)
        file(GENERATE OUTPUT ${folder}/$<CONFIG>/${target}-${file} INPUT ${folder}/${target}-${file}.in)
    endforeach()
    install(FILES ${folder}/$<CONFIG>/${target}-library.pc
        DESTINATION ${pc_folder} RENAME ${target}.pc)
    install(FILES ${folder}/$<CONFIG>/${target}-library.pri
        DESTINATION ${syncmap_install_mkspecsdir} RENAME qt_lib_${target}.pri)
endfunction()

# For a prefix where qmake does not look by itself: a file that a project includes.
function(syncmap_install_pri)
    set(folder ${CMAKE_INSTALL_LIBDIR}/qmake)
    syncmap_way(way "${folder}" "${syncmap_install_mkspecsdir}")
    set(modules "\$\$PWD/${way}")
    if(IS_ABSOLUTE "${syncmap_install_mkspecsdir}")
        set(modules "${syncmap_install_mkspecsdir}")
    endif()
    configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/syncmap.pri.in
        ${CMAKE_CURRENT_BINARY_DIR}/described/syncmap.pri @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/described/syncmap.pri DESTINATION ${folder})
endfunction()
