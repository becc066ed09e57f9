# SPDX-License-Identifier: MIT

# The pretty printers, for gdb's `source`, for Qt Creator, and where gdb itself looks for those of a
# shared library: in a folder that is named as the library's, below its own, and by the library's
# own name. gdb's own folder is below /usr; of other prefixes it has to be told.
set(gdb_dir ${CMAKE_INSTALL_DATADIR}/syncmap/gdb)
set(gdb_files
    ${CMAKE_CURRENT_LIST_DIR}/syncmapdumpers.py
    ${CMAKE_CURRENT_LIST_DIR}/syncmaplayout.py
    ${CMAKE_CURRENT_LIST_DIR}/syncmapprinters.py
    ${CMAKE_CURRENT_LIST_DIR}/syncmapqttypes.py
)
install(FILES ${gdb_files} DESTINATION ${gdb_dir} COMPONENT gdb)
# Packages have them with what else is for developers.
install(FILES ${gdb_files} DESTINATION ${gdb_dir} COMPONENT SyncMapDevelopment EXCLUDE_FROM_ALL)

if(BUILD_SHARED_LIBS AND UNIX AND NOT APPLE)
    file(RELATIVE_PATH printers_from_library
        ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_FULL_DATADIR}/syncmap/gdb
    )
    configure_file(${CMAKE_CURRENT_LIST_DIR}/autoload.py.in autoload.py @ONLY)
    # The prefix is known when it is installed.
    set(install_autoload "
        set(prefix \"\${CMAKE_INSTALL_PREFIX}\")
        cmake_path(ABSOLUTE_PATH prefix NORMALIZE)
        set(library \"${CMAKE_INSTALL_LIBDIR}\")
        cmake_path(ABSOLUTE_PATH library BASE_DIRECTORY \"\${prefix}\" NORMALIZE)
        set(data \"${CMAKE_INSTALL_DATADIR}\")
        cmake_path(ABSOLUTE_PATH data BASE_DIRECTORY \"\${prefix}\" NORMALIZE)
        file(INSTALL \"${CMAKE_CURRENT_BINARY_DIR}/autoload.py\"
            DESTINATION \"\${data}/gdb/auto-load\${library}\"
            RENAME \"$<TARGET_FILE_NAME:SyncMap>-gdb.py\"
        )
    ")
    install(CODE "${install_autoload}" COMPONENT gdb)
    install(CODE "${install_autoload}" COMPONENT SyncMapDevelopment EXCLUDE_FROM_ALL)
endif()
