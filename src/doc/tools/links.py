#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""links.py FOLDER: fails, with a list, if a page leads to a page, a place or a picture that is not
there, or if no page leads to it."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.targets = set()
        self.links = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ('id', 'name') and tag != 'meta':
                self.targets.add(value)
            elif name in ('href', 'src') and value is not None:
                self.links.append((value, self.getpos()[0]))


def problems(folder):
    pages = {}
    for path in sorted(folder.rglob('*.html')):
        page = Page()
        page.feed(path.read_text(encoding='utf-8'))
        pages[path.resolve()] = page
    reached = set()
    for path, page in pages.items():
        for link, line in page.links:
            if ':' in link.split('/')[0].split('#')[0]:
                continue
            file, place = urldefrag(link)
            target = (path.parent / unquote(file)).resolve() if file else path
            if target != path:
                reached.add(target)
            if not target.is_file():
                yield f'{path.name}:{line}: {link} is not there'
            elif place and target in pages and unquote(place) not in pages[target].targets:
                yield f'{path.name}:{line}: {file or path.name} has no place {place}'
    for path in pages:
        if path not in reached and path.name != 'index.html':
            yield f'{path.name}: no page leads there'


def check(folder):
    found = list(problems(folder))
    if found:
        sys.exit('\n'.join(found + [f'{len(found)} dead links']))


if __name__ == '__main__':
    check(Path(sys.argv[1]))
