#!/usr/bin/env python3
# SPDX-License-Identifier: MIT

"""tidy-joined.py BUILD PATTERN: runs clang-tidy on the sources in BUILD/compile_commands.json that
match PATTERN, several at a time, since most of its time goes into the headers of Qt that each of
them includes: on files in BUILD/joined that have the text of those that are compiled in the same
way. The text, and not an #include of it: the static analyzer looks at the main file alone.

What was found clean is not looked at again as long as nothing that goes into it changes: neither the
sources and headers, nor the options, the checks, or the version of clang-tidy. The folder in
SYNCMAP_TIDY_CACHE, if it is set, remembers that; it serves all checkouts."""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

AT_ONCE = 10  # with more, one core has work when the others are done


def sources_by_options(database, pattern):
    """The sources of each directory and list of options."""
    found = {}
    with open(database) as file:
        entries = json.load(file)
    for entry in entries:
        if re.search(pattern, entry["file"]):
            words = shlex.split(entry["command"])
            for option in ("-o", "-c"):
                at = words.index(option)
                del words[at : at + 2]
            found.setdefault((entry["directory"], tuple(words)), {})[entry["file"]] = None
    return found


def join(sources):
    """Their lines, but for an #include that an earlier one has, and where each line is from."""
    lines, origins, included = [], [], set()
    for source in sources:
        with open(source) as file:
            these = file.read().splitlines()
        lines += ["" if line in included else line for line in these]
        origins += [f"{source}:{number}" for number in range(1, len(these) + 1)]
        included.update(line for line in these if line.startswith("#include"))
    return lines, origins


def said_by(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, check=True, text=True).stdout


def identity(entry, root):
    """A hash of all that clang-tidy's answer depends on; the place of the checkout is not."""
    words = shlex.split(entry["command"])
    made = said_by(words[0], "-M", *words[1:], cwd=entry["directory"])
    files = shlex.split(made.replace("\\\n", " "))[1:]
    places = [os.path.relpath(os.path.join(entry["directory"], file), root) for file in files]
    sum = hashlib.sha256(said_by("clang-tidy", "--version").encode())
    sum.update(entry["command"].replace(root, "").encode())
    for place in sorted({".clang-tidy", *places}):
        path = os.path.join(root, place)
        if place.startswith(".."):  # of the system, as packages leave it
            status = os.stat(path)
            sum.update(f"{os.path.abspath(path)} {status.st_size} {status.st_mtime_ns}\n".encode())
        else:
            with open(path, "rb") as file:
                sum.update(f"{place}\n".encode() + file.read())
    return sum.hexdigest()


def main(build, pattern):
    root = os.path.dirname(os.path.dirname(os.path.abspath(build)))
    known = os.environ.get("SYNCMAP_TIDY_CACHE")
    folder = os.path.join(build, "joined")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    entries, origins_of = [], {}
    database = os.path.join(build, "compile_commands.json")
    for (directory, words), sources in sources_by_options(database, pattern).items():
        sources = list(sources)
        for begin in range(0, len(sources), AT_ONCE):
            these = sources[begin : begin + AT_ONCE]
            name = os.path.join(folder, f"joined{len(entries)}.cpp")
            lines, origins_of[name] = join(these)
            with open(name, "w") as file:
                file.write("\n".join(lines) + "\n")
            places = dict.fromkeys(map(os.path.dirname, these))
            quotes = [word for place in places for word in ("-iquote", place)]
            command = shlex.join([*words, *quotes, "-c", name])
            entries.append({"directory": directory, "file": name, "command": command})
    if not entries:
        sys.exit(f"no source in {database} matches {pattern}")
    with open(os.path.join(folder, "compile_commands.json"), "w") as file:
        json.dump(entries, file, indent=1)

    def look(entry):
        """What clang-tidy says, if it says something."""
        mark = os.path.join(known, identity(entry, root)) if known else None
        if mark and os.path.exists(mark):
            return None
        tidy = subprocess.run(
            ["clang-tidy", "-p", folder, "-quiet", entry["file"]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if tidy.returncode != 0:
            return tidy.stdout
        if mark:
            os.makedirs(known, exist_ok=True)
            with open(mark, "w"):
                pass
        return None

    # Those that take longest are the largest.
    entries.sort(key=lambda entry: os.path.getsize(entry["file"]), reverse=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = [said for said in pool.map(look, entries) if said is not None]
    for said in found:
        print(
            re.sub(
                re.escape(folder) + r"/joined\d+\.cpp:\d+",
                lambda place: origins_of[place[0].rpartition(":")[0]][
                    int(place[0].rpartition(":")[2]) - 1
                ],
                said,
            )
        )
    return 1 if found else 0


sys.exit(main(*sys.argv[1:]))
