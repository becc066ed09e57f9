# SPDX-License-Identifier: MIT

# Qt's tools look for QML modules in Qt's own folder, and where a project tells them to. These tell
# them of the folder that has the module SyncMap.

# As a script, with FOLDER and FILES: what the arguments of qmllint in FILES lack, see below.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
    file(GLOB files ${FILES})
    foreach(file IN LISTS files)
        file(READ "${file}" arguments)
        string(FIND "${arguments}\n" "-I\n${FOLDER}\n" place)
        if(place EQUAL -1)
            file(WRITE "${file}" "-I\n${FOLDER}\n${arguments}")
        endif()
    endforeach()
    return()
endif()

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
            syncmap_add_import_path_to_lint("${folder}" ${target})
        endif()
    endforeach()
    get_property(below DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
    foreach(subdirectory IN LISTS below)
        syncmap_add_import_path_to_modules("${folder}" "${subdirectory}")
    endforeach()
endfunction()

# After Qt 6.8 what qmllint is told is decided when the target is made, and comes from a file that is
# written when all has been configured. So that file gets the path before qmllint runs.
function(syncmap_add_import_path_to_lint folder target)
    if(NOT TARGET ${target}_qmllint OR TARGET ${target}_qmllint_import_path)
        return()
    endif()
    get_property(binary_folder TARGET ${target} PROPERTY BINARY_DIR)
    add_custom_target(${target}_qmllint_import_path
        COMMAND ${CMAKE_COMMAND} "-DFOLDER=${folder}" "-DFILES=${binary_folder}/.rcc/qmllint/${target}*.rsp"
            -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
        VERBATIM
    )
    get_property(lint_folder TARGET ${target}_qmllint PROPERTY FOLDER)
    set_target_properties(${target}_qmllint_import_path PROPERTIES FOLDER "${lint_folder}")
    foreach(kind IN ITEMS qmllint qmllint_json qmllint_module)
        if(TARGET ${target}_${kind})
            add_dependencies(${target}_${kind} ${target}_qmllint_import_path)
        endif()
    endforeach()
endfunction()
