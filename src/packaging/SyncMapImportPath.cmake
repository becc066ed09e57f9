# SPDX-License-Identifier: MIT

# Qt's tools look for QML modules in Qt's own folder, and where a project tells them to. These tell
# them of the folder that has the module SyncMap.

# syncmap_add_import_path(<folder> <directory>): for qmllint, qmlcachegen and the scanner of imports,
# which run for each QML module of the directory and of those below it, also for those that come
# later; and for Qt Creator, which reads the variable QML_IMPORT_PATH.
function(syncmap_add_import_path folder directory)
    if(NOT "${folder}" IN_LIST QML_IMPORT_PATH)
        set(QML_IMPORT_PATH ${QML_IMPORT_PATH} "${folder}" CACHE STRING
            "Where Qt Creator looks for QML modules" FORCE)
    endif()
    cmake_language(EVAL CODE "
        cmake_language(DEFER DIRECTORY [[${directory}]] CALL
            syncmap_add_import_path_to_modules [[${folder}]] [[${directory}]])
    ")
endfunction()

function(syncmap_add_import_path_to_modules folder directory)
    get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target IN LISTS targets)
        get_property(uri TARGET ${target} PROPERTY QT_QML_MODULE_URI)
        get_property(paths TARGET ${target} PROPERTY QT_QML_IMPORT_PATH)
        if(uri AND NOT "${folder}" IN_LIST paths)
            set_property(TARGET ${target} APPEND PROPERTY QT_QML_IMPORT_PATH "${folder}")
        endif()
    endforeach()
    get_property(below DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
    foreach(subdirectory IN LISTS below)
        syncmap_add_import_path_to_modules("${folder}" "${subdirectory}")
    endforeach()
endfunction()
