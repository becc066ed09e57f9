# SPDX-License-Identifier: MIT
#
# conan create <clone>/src/packaging/conan
#
# Never run by Conan itself, which Debian does not have. What was checked, each time by
# tests/auto/repository/manifests.sh: that it compiles, that with stand-ins for Conan's classes each
# method runs through, that its version is that of CMakeLists.txt, that what it exports is there and
# suffices to configure, and that the options it hands on are CMakeLists.txt's.

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class SyncMapRecipe(ConanFile):
    name = "syncmap"
    description = "A concurrent map and cache for Qt applications"
    license = "MIT"
    topics = ("qt", "qml", "cache", "concurrency", "hash-map")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "qml": [True, False]}
    default_options = {"shared": True, "fPIC": True, "qml": True}
    implements = ["auto_shared_fpic"]

    @property
    def _clone(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        # It stands in one place.
        text = load(self, os.path.join(self._clone, "CMakeLists.txt"))
        version = re.search(r"^    VERSION ([0-9.]+)$", text, re.MULTILINE).group(1)
        suffix = re.search(r'^set\(SYNCMAP_VERSION_SUFFIX "(.*)"\)$', text, re.MULTILINE)
        self.version = version + (suffix.group(1) if suffix else "")

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "include/*", "src/*", "qml/*"):
            copy(self, pattern, src=self._clone, dst=self.export_sources_folder)

    def configure(self):
        if self.options.qml:
            self.options["qt/*"].qtdeclarative = True

    def requirements(self):
        # Its headers include Qt's, and its users link both.
        self.requires("qt/[>=6.4 <7]", transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 17)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["SYNCMAP_BUILD_QML"] = bool(self.options.qml)
        toolchain.cache_variables["SYNCMAP_BUILD_QUICK"] = bool(self.options.qml)
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        # The package that CMake installed says more than Conan could: it is found as it is.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "SyncMap")]
