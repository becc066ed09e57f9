# SPDX-License-Identifier: MIT
"""manifests.py ROOT: see manifests.sh."""

import fnmatch
import importlib.util
import json
import os
import re
import sys
import types

failed = False


def fail(text):
    global failed
    failed = True
    print(text)


def read(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


def version_of_cmake():
    text = read("CMakeLists.txt")
    version = re.search(r"^    VERSION (\d+\.\d+\.\d+)$", text, re.MULTILINE)
    if not version:
        fail("CMakeLists.txt: there is no VERSION in project()")
        return ""
    suffix = re.search(r'^set\(SYNCMAP_VERSION_SUFFIX "(.*)"\)$', text, re.MULTILINE)
    return version.group(1) + (suffix.group(1) if suffix else "")


def is_option(name):
    files = read("CMakeLists.txt") + read("src/packaging/installdirs.cmake")
    return re.search(rf"^ *(option|set)\({name} ", files, re.MULTILINE)


# vcpkg.json, by learn.microsoft.com/vcpkg/reference/vcpkg-json

IDENTIFIER = r"[a-z0-9]+(-[a-z0-9]+)*"
SEMVER = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
TOP = {"name", "version-semver", "description", "homepage", "documentation", "license", "supports"}
TOP |= {"dependencies", "features", "default-features", "maintainers", "port-version"}
DEPENDENCY = {"name", "features", "host", "default-features", "platform", "version>="}
FEATURE = {"description", "dependencies", "supports", "license"}


def check_keys(where, given, known, wanted):
    for key in given:
        if key not in known and not key.startswith("$"):
            fail(f"vcpkg.json: {where} has {key}, which vcpkg does not know")
    for key in wanted:
        if key not in given:
            fail(f"vcpkg.json: {where} has no {key}")


def check_dependencies(where, dependencies):
    for dependency in dependencies:
        if isinstance(dependency, str):
            dependency = {"name": dependency}
        check_keys(where, dependency, DEPENDENCY, ["name"])
        for name in [dependency.get("name", ""), *dependency.get("features", [])]:
            if not re.fullmatch(IDENTIFIER, name):
                fail(f'vcpkg.json: "{name}" in {where} is no name')
        for key in ("host", "default-features"):
            if not isinstance(dependency.get(key, True), bool):
                fail(f"vcpkg.json: {key} in {where} is neither true nor false")


def check_vcpkg(version):
    folder = "src/packaging/vcpkg"
    try:
        manifest = json.loads(read(f"{folder}/vcpkg.json"))
    except ValueError as error:
        fail(f"vcpkg.json: {error}")
        return
    check_keys("the port", manifest, TOP, ["name", "version-semver", "description", "license"])
    if not re.fullmatch(SEMVER, manifest.get("version-semver", "")):
        fail("vcpkg.json: the version is not one of semver")
    if manifest.get("version-semver") != version:
        fail(f"vcpkg.json: version {manifest.get('version-semver')} instead of {version}")
    if not re.fullmatch(IDENTIFIER, manifest.get("name", "")):
        fail("vcpkg.json: the name is no name")
    check_dependencies("the port", manifest.get("dependencies", []))
    features = manifest.get("features", {})
    for name, feature in features.items():
        if not re.fullmatch(IDENTIFIER, name) or name in ("core", "default"):
            fail(f'vcpkg.json: a feature cannot be called "{name}"')
        check_keys(f"the feature {name}", feature, FEATURE, ["description"])
        check_dependencies(f"the feature {name}", feature.get("dependencies", []))
    for name in manifest.get("default-features", []):
        if name not in features:
            fail(f"vcpkg.json: there is no feature {name}")
    # CMake's helpers are packages of the host.
    for helper in ("vcpkg-cmake", "vcpkg-cmake-config"):
        if {"name": helper, "host": True} not in manifest.get("dependencies", []):
            fail(f"vcpkg.json: {helper} is not a dependency of the host")


# Conan's recipe, by docs.conan.io/2/reference: with stand-ins that note what they are asked for.


class Settings(dict):
    """Options, cpp_info and the like: whatever is set or called on it is noted."""

    def __getattr__(self, name):
        return self[name] if name in self else self.setdefault(name, Settings())

    def __setattr__(self, name, value):
        self[name] = value

    def __call__(self, *arguments, **named):
        self.setdefault("calls", []).append((arguments, named))

    def __getitem__(self, name):
        return super().setdefault(name, Settings())


class Recipe:
    def __init__(self, folder):
        self.recipe_folder = folder
        self.export_sources_folder = self.source_folder = self.package_folder = "/folder"
        self.cpp_info, self.cpp, self.requires, self.run = (Settings() for _ in range(4))
        self.cpp.build.bindir = "bin"
        self.options = Settings(getattr(self, "default_options", {}))
        self.tested_reference_str = "syncmap/1"
        self.version = None


class Helper(Settings):
    made = []

    def __init__(self, recipe):
        super().__init__()
        Helper.made.append(self)


def install_stand_ins(copied):
    def module(name, **content):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(content)

    def copy(recipe, pattern, src, dst):
        copied.append((pattern, src))

    def check_min_cppstd(recipe, standard):
        if standard != 17:
            fail("conanfile.py: the library is C++17")

    module("conan", ConanFile=Recipe)
    module("conan.tools")
    module("conan.tools.build", check_min_cppstd=check_min_cppstd, can_run=lambda recipe: True)
    module(
        "conan.tools.cmake",
        CMake=Helper,
        CMakeDeps=Helper,
        CMakeToolchain=Helper,
        cmake_layout=lambda recipe: None,
    )
    module("conan.tools.files", copy=copy, load=lambda recipe, name: read(name))


def recipe_of(folder):
    file = f"{folder}/conanfile.py"
    compile(read(file), file, "exec")
    spec = importlib.util.spec_from_file_location("conanfile", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    recipes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Recipe) and value is not Recipe
    ]
    return recipes[0](folder)


def check_exports(copied):
    root = os.path.realpath(".")
    patterns = [pattern for pattern, source in copied if os.path.realpath(source) == root]
    for pattern in patterns:
        if not os.path.exists(pattern.rstrip("/*")):
            fail(f"conanfile.py: it exports {pattern}, which is not there")
    # What is included or added when nothing but the library is built.
    text = read("CMakeLists.txt")
    for name in re.findall(r"^ *(?:include|add_subdirectory)\(((?:src|qml)\b[^)]*)\)", text, re.MULTILINE):
        if not any(fnmatch.fnmatch(name + "/", pattern) for pattern in patterns):
            fail(f"conanfile.py: it does not export {name}")


def check_conan(version):
    copied = []
    install_stand_ins(copied)
    folder = "src/packaging/conan"
    recipe = recipe_of(folder)
    for name in ("set_version", "export_sources", "configure", "requirements", "validate", "layout"):
        getattr(recipe, name)()
    check_exports(copied)
    if recipe.version != version:
        fail(f"conanfile.py: version {recipe.version} instead of {version}")
    if set(recipe.options) - {"qt/*"} != set(recipe.default_options) or set(recipe.default_options) != set(
        type(recipe).options
    ):
        fail("conanfile.py: not each option has a default")
    if not re.fullmatch(r"[a-z0-9_][a-z0-9_+.-]{1,100}", recipe.name):
        fail("conanfile.py: the name is no name")
    for name in ("generate", "build", "package", "package_info"):
        getattr(recipe, name)()
    for helper in Helper.made:
        for name in helper.get("cache_variables", {}):
            if not is_option(name):
                fail(f"conanfile.py: it sets {name}, which is no option")
    if not any("install" in helper for helper in Helper.made):
        fail("conanfile.py: it installs nothing")
    test = recipe_of(f"{folder}/test_package")
    for name in ("requirements", "layout", "build", "test"):
        getattr(test, name)()
    if not test.run.get("calls"):
        fail("test_package: it runs nothing")


os.chdir(sys.argv[1])
check_vcpkg(version_of_cmake())
try:
    check_conan(version_of_cmake())
except Exception as error:  # whatever a recipe may throw
    fail(f"conanfile.py: {error!r}")
sys.exit(failed)
