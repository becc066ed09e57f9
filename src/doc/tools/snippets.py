#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""snippets.py ROOT: fails, with a list, if a page names a snippet that no file under tests/snippets
has; if a file there has one that no page shows; or if a page holds code that nobody compiles."""

import re
import sys
from pathlib import Path

# Lines that somebody types, or that CMake reads. The packaging tests run these.
may_be_written_directly = re.compile(r'\s*(cmake|git|apt|ctest|tests/|examples/|\./|qml |find_package|'
                                     r'target_link_libraries|project\(|add_executable|qt_|include\(|'
                                     r'FetchContent|add_subdirectory|\)|[A-Z_]+ |$|#|export )')


def problems(root):
    folder = root / 'tests' / 'snippets'
    there, shown = {}, set()
    for path in sorted(folder.rglob('*')):
        if path.suffix in ('.cpp', '.h', '.qml'):
            name = path.relative_to(folder).as_posix()
            markers = re.findall(r'^\s*//! \[(.+)\]\s*$', path.read_text(encoding='utf-8'), re.M)
            for marker in set(markers):
                if markers.count(marker) != 2:
                    yield f'tests/snippets/{name}: [{marker}] has no beginning and end'
            there[name] = set(markers)
    for path in sorted((root / 'src' / 'doc' / 'pages').glob('*.qdoc')):
        text = path.read_text(encoding='utf-8')
        for file, marker in re.findall(r'\\snippet (\S+) (\S+)', text):
            shown.add((file, marker))
            if marker not in there.get(file, ()):
                yield f'{path.name}: there is no snippet {marker} in tests/snippets/{file}'
        for file in re.findall(r'\\quotefile (\S+)', text):
            shown.update((file, marker) for marker in there.get(file, ()))
            if file not in there:
                yield f'{path.name}: there is no tests/snippets/{file}'
        for code in re.findall(r'\\(?:code|badcode|qml)\b(.*?)\\end(?:code|qml)', text, re.S):
            for line in code.split('\n'):
                if not may_be_written_directly.match(line):
                    yield f'{path.name}: code that nobody compiles: {line.strip()}'
                    break
    for file, markers in there.items():
        for marker in sorted(markers):
            if (file, marker) not in shown:
                yield f'tests/snippets/{file}: no page shows [{marker}]'


def check(root):
    found = list(problems(root))
    if found:
        sys.exit('\n'.join(found))


if __name__ == '__main__':
    check(Path(sys.argv[1]))
