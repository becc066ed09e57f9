# SPDX-License-Identifier: MIT

# Somebody who only imports the module, by the program qml. QML.

file(GLOB imports "${installed}/lib*/qt6/qml")
runs(${QML} -I "${imports}" ${PROJECT}/Imports.qml)
