# SPDX-License-Identifier: MIT
"""What qdoc leaves to be done in the pages: links to Qt's classes, which it knows only where Qt's own
index is installed; to SyncMap and SyncCache, since the module and a QML type have these names, too;
and dark pictures."""

import re
import shutil
from pathlib import Path

_QT = 'https://doc.qt.io/qt-6/'
# In these a word stays as it is.
_LEFT = {'a', 'pre', 'h1', 'h2', 'h3', 'code'}
# A class, a member of one, or another function() of the class that was just named.
_NAME = re.compile(r'(?<![\w:/<.-])(?:(Q[A-Z]\w+|Sync[A-Z]\w+)(?:::(\w+)(\(\))?)?|([a-z]\w+)\(\))'
                   r'(?![\w:/-])(?! (?:\d|overview))')
# Where something else begins.
_BLOCK = {'p', 'li', 'td', 'div', 'tr', 'ul'}


def qt_classes(includes):
    """By the headers that are named as they are."""
    names = set()
    for each in map(Path, includes):
        for folder in each.glob('Qt*') if each.name == 'qt6' else [each]:
            if folder.is_dir():
                names.update(p.name for p in folder.iterdir() if re.fullmatch(r'Q[A-Z][a-z]\w+', p.name))
    return names


class Finisher:
    def __init__(self, folder, images, includes):
        self.folder = folder
        self.images = images
        self.qt = qt_classes(includes)
        self.last = ''
        self.places = {}  # of each class, by its name
        for path in folder.glob('sync*.html'):
            text = path.read_text(encoding='utf-8')
            title = re.search(r'<h1 class="title">(\w+) (?:Class|Struct)</h1>', text)
            if title:
                self.places[title.group(1)] = (path.name, set(re.findall(r'id="([^"]+)"', text)))

    def run(self):
        for path in sorted(self.folder.glob('*.html')):
            text = path.read_text(encoding='utf-8')
            path.write_text(self.finished(text, path.name), encoding='utf-8')

    def _link(self, match, own):
        name, member = match.group(1), match.group(2)
        if match.group(4):
            name, member = self.last, match.group(4)
        elif name in self.places:
            self.last = name
        if name in self.qt and not member:
            return f'<a href="{_QT}{name.lower()}.html">{name}</a>'
        if name in self.places:
            file, places = self.places[name]
            if not member:
                return match.group(0) if file == own else f'<a href="{file}">{name}</a>'
            for place in (member, member + '-prop', member + '-var', member + '-enum',
                          member + '-typedef', member + '-alias'):
                if place in places:
                    return f'<a href="{file}#{place}">{match.group(0)}</a>'
        return match.group(0)

    def _link_type(self, match):
        name = match.group(1)
        if name in self.qt:
            return f'<span class="type"><a href="{_QT}{name.lower()}.html">{name}</a></span>'
        return match.group(0)

    def finished(self, html, own):
        head, main, body = html.partition('<main>')
        # The module has the name of the project.
        file, text = ('syncmap-qmlmodule.html', 'QML types') if own.startswith('qml-') \
            else ('syncmap-module.html', 'C++ classes')
        if re.match(r'qml-|sync', own):
            head = re.sub(r'(<a href="index\.html">SyncMap</a></li>\n<li>)<a href="[^"]*">SyncMap</a>',
                          rf'\1<a href="{file}">{text}</a>', head)
        if not own.startswith('qml-'):
            body = re.sub(r'<a href="qml-syncmap-synccache\.html(#[^"]*)?">(SyncCache(?:::\w+)?)</a>',
                          r'\2', body)
        body = re.sub(r'<span class="type">(Q[A-Z]\w+)</span>', self._link_type, body)
        parts = re.split(r'(<!--.*?-->|<[^>]+>)', body, flags=re.S)
        open_tags = []
        for i, part in enumerate(parts):
            tag = re.match(r'<(/?)(\w+)', part)
            if tag and tag.group(2) in _BLOCK:
                self.last = ''
            if tag and tag.group(2) in _LEFT:
                if not tag.group(1):
                    open_tags.append(tag.group(2))
                elif tag.group(2) in open_tags:
                    open_tags.remove(tag.group(2))
            elif not part.startswith('<') and not open_tags and 'import SyncMap' not in part:
                parts[i] = _NAME.sub(lambda match: self._link(match, own), part)
        body = ''.join(parts)
        # Entries of the contents for parts that the page does not have.
        places = set(re.findall(r'id="([^"]+)"', body))
        body = re.sub(r'<li class="level\d"><a href="#([^"]+)">[^<]*</a></li>\n', lambda match:
                      match.group(0) if match.group(1) in places else '', body)
        body = re.sub(r'<img src="images/([\w-]+)\.png"[^>]*>', self._picture, body)
        return head + main + body

    def _picture(self, match):
        dark = f'{match.group(1)}-dark.png'
        if not (self.images / dark).is_file():
            return match.group(0)
        shutil.copy(self.images / dark, self.folder / 'images' / dark)
        return ('<picture><source media="(prefers-color-scheme: dark)" '
                f'srcset="images/{dark}"/>{match.group(0)}</picture>')
