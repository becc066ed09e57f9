# SPDX-License-Identifier: MIT
"""Every entry that was written for qdoc is in a page: what it cannot place it leaves out without a word."""

import html
import re
import sys
from collections import Counter


def _named(text):
    """How often each name heads an entry of a page."""
    found = Counter()
    for head in re.findall(r'<h3 class="[^"]*\bfn\b[^"]*"[^>]*>(.*?)</h3>|<div class="qmlproto[^"]*">(.*?)</table>',
                           text, re.S):
        for name in re.findall(r'<span class="name">(.*?)</span>', ''.join(head)):
            found[html.unescape(re.sub(r'<[^>]+>', '', name)).replace(' ', '')] += 1
    return found


def problems(generated, folder):
    pages = {path.name: _named(path.read_text(encoding='utf-8')) for path in folder.glob('*.html')}

    def entries_of(page, name):
        stem = page[:-len('.html')]
        return sum(pages.get(each, {}).get(name, 0)
                   for each in (page, f'{stem}-obsolete.html', f'{stem}-qtquick.html'))

    wanted = Counter()
    for path in sorted(generated.glob('*reference.qdoc')):
        for block in re.findall(r'/\*!\n(.*?)\n\*/', path.read_text(encoding='utf-8'), re.S):
            related = re.search(r'\\relates (\w+)', block)
            for line in block.split('\n'):
                topic = re.match(r'\\(fn|variable|property|enum|typealias|qmlproperty|qmlmethod|qmlsignal) '
                                 r'(.*)', line)
                if not topic:
                    continue
                kind, text = topic.groups()
                if kind.startswith('qml'):
                    match = re.search(r'SyncMap::(\w+)::(\w+)', text)
                    wanted[f'qml-syncmap-{match.group(1).lower()}.html', match.group(2)] += 1
                    continue
                before = re.sub(r'\s*\((?!\)\().*', '', text) if kind == 'fn' else text
                before = re.sub(r'<[^<>]*>(?=::)', '', before)
                match = re.search(r'((?:\w+::)*)(operator.*|~?\w+)$', before)
                scope, name = match.group(1).rstrip(':'), match.group(2).replace(' ', '')
                owner = scope or (related.group(1) if related else name)
                if '\\reimp' in block:
                    continue  # has no entry of its own, but one in the list
                wanted[owner.lower().replace('::', '-') + '.html', name] += 1
    for (page, name), count in sorted(wanted.items()):
        if page not in pages:
            yield f'there is no page {page}, for {name}'
        elif entries_of(page, name) < count:
            yield f'{page} has {entries_of(page, name)} of {count} entries of {name}'


def check(generated, folder):
    found = list(problems(generated, folder))
    if found:
        sys.exit('\n'.join(found))
