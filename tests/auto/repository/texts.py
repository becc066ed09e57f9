#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""texts.py ROOT: src/translations/syncmap.ts has each text that the library shows to people, and no
other. Whoever changes one runs lupdate, as that folder's README says."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

root = Path(sys.argv[1])
page = root / 'src/translations/syncmap.ts'
listed = {
    (context.findtext('name'), message.findtext('source'))
    for context in ElementTree.parse(page).getroot().iter('context')
    for message in context.iter('message')
}

LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
shown = set()
for folder in ('include', 'src', 'qml'):
    for path in sorted((root / folder).rglob('*')):
        if path.suffix not in ('.h', '.cpp'):
            continue
        text = path.read_text(encoding='utf-8')
        for context, literals in re.findall(
                r'\b(?:QT_TRANSLATE_NOOP|translate)\(\s*"(\w+)",\s*' + LITERALS, text):
            shown.add((context, ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))))
        for owner, literals in re.findall(r'\b(\w+)::tr\(\s*' + LITERALS, text):
            shown.add((owner, ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))))

for context, text in sorted(shown - listed):
    print(f'{page.name} lacks a text of {context}: {text}')
for context, text in sorted(listed - shown):
    print(f'{page.name} has a text of {context} that nobody shows: {text}')
if not shown:
    print('no texts were found')
sys.exit(bool(shown ^ listed) or not shown)
