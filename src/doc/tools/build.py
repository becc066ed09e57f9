#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the pages: HTML, and a file for Qt Assistant and Qt Creator, in one folder. Fails at the first
warning, whoever gives it.

build.py --root ROOT --folder FOLDER --version VERSION --qdoc QDOC --qhelpgenerator PROGRAM INCLUDE...
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import entries
import links
import snippets
from finish import Finisher

tools = Path(__file__).resolve().parent


def run(*command):
    """What it says, on both streams; ends if it fails."""
    # Written to a pipe, and not to the system's journal.
    environment = dict(os.environ, QT_LOGGING_TO_CONSOLE='1', QT_QPA_PLATFORM='offscreen',
                       QT_LOGGING_RULES='qt.qdoc=false')
    done = subprocess.run([str(word) for word in command], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(f'{done.stdout}{Path(str(command[0])).name} failed')
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--root', type=Path, required=True)
    parser.add_argument('--folder', type=Path, required=True)
    parser.add_argument('--version', required=True)
    parser.add_argument('--qdoc', required=True)
    parser.add_argument('--qhelpgenerator', required=True)
    parser.add_argument('includes', nargs='*')
    given = parser.parse_args()

    folder = given.folder.resolve()
    work = folder.parent / (folder.name + '-work')
    for each in (folder, work):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir(parents=True)

    snippets.check(given.root)
    if subprocess.run([sys.executable, '-B', tools / 'generate.py', given.root, work / 'generated'],
                      check=False).returncode != 0:
        sys.exit('what is public needs a comment in its header, see src/doc/README.md')

    names = {
        'version': given.version,
        'namespace': re.sub(r'\W', '', given.version),
        'root': given.root.resolve(),
        'doc': given.root.resolve() / 'src' / 'doc',
        'generated': work / 'generated',
        'html': folder / 'html',
        'includes': ' '.join(given.includes),
    }
    text = (given.root / 'src' / 'doc' / 'syncmap.qdocconf.in').read_text(encoding='utf-8')
    text = re.sub(r'@(\w+)@', lambda match: str(names[match.group(1)]), text)
    (work / 'syncmap.qdocconf').write_text(text, encoding='utf-8')

    said = run(given.qdoc, work / 'syncmap.qdocconf')
    if said.strip():
        sys.exit(f'{said}qdoc has something to say')
    Finisher(folder / 'html', given.root / 'src' / 'doc' / 'images', given.includes).run()
    help_file = folder / 'syncmap.qch'
    said = run(given.qhelpgenerator, folder / 'html' / 'syncmap.qhp', '-o', help_file)
    if re.search(r'warning|missing|error|does not exist', said, re.IGNORECASE):
        sys.exit(f'{said}qhelpgenerator has something to say')
    if not help_file.is_file():
        sys.exit(f'{said}there is no {help_file}')
    # Of the build, not for readers.
    for name in ('syncmap.qhp', 'syncmap.qhp.sha1', 'syncmap.index'):
        path = folder / 'html' / name
        if path.exists():
            path.rename(work / name)
    entries.check(work / 'generated', folder / 'html')
    links.check(folder / 'html')
    count = len(list((folder / 'html').glob('*.html')))
    print(f'{count} pages in {folder}/html, and {help_file.name} beside it')


if __name__ == '__main__':
    main()
