#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""generate.py ROOT FOLDER: writes to FOLDER what qdoc reads of the headers of ROOT. Fails, with a list,
if something that is public has no comment."""

import re
import sys
from pathlib import Path

from markdown import pages_of
from qmlreference import QmlReference
from reference import Reference

# What a public name of a type that leads into the engine stands for.
ALIASES = {
    'ConstPointer': 'const T *',
    'Cache': 'SyncCache<QString, QVariant>',
    'LoadContext': 'SyncCacheLoadContext<T>',
}


def main():
    root, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    reference = Reference(root, ALIASES)
    qml = QmlReference(reference)
    files = {
        'reference.h': reference.header(),
        'SyncMap': '#include "reference.h"\n',
        'reference.qdoc': reference.documentation(),
        'qmlreference.qdoc': qml.documentation(),
        'markdown.qdoc': pages_of(root / 'src' / 'doc'),
    }
    pages = '\n'.join(path.read_text(encoding='utf-8') for path in
                      sorted((root / 'src' / 'doc' / 'pages').glob('*.qdoc')))
    missing = reference.missing + qml.missing
    missing += [f'src/doc/pages: there is no \\qmltype {name}' for name in qml.types
                if not re.search(rf'\\qmltype {name}\b', pages)]
    for name, text in files.items():
        (folder / name).write_text(text, encoding='utf-8')
    for each in dict.fromkeys(missing):
        print(each, file=sys.stderr)
    sys.exit(1 if missing else 0)


if __name__ == '__main__':
    main()
