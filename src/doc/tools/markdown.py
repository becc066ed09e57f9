# SPDX-License-Identifier: MIT
"""Makes pages of src/doc/*.md, which are read in the repository as well: headings, paragraphs, lists,
tables, code, `code`, **strong**, *emphasis* and [links](of these)."""

import re


def title_of(text):
    return re.search(r'^# (.+)$', text, re.M).group(1).strip()


def _brief_of(text):
    """The first sentence, wherever it stands."""
    for paragraph in re.split(r'\n\s*\n', text):
        if re.match(r'[A-Za-z]', paragraph):
            words = re.sub(r'\[([^]]+)\]\([^)]*\)', r'\1', ' '.join(paragraph.split()))
            return re.sub(r'[`*\\{}]', '', re.match(r'.*?[.](?= |$)|.*', words).group(0)).rstrip('.:') + '.'
    return title_of(text) + '.'


def _plain(text):
    return re.sub(r'([\\{}])', r'\\\1', text)


def _code(text):
    # Braces that do not match would end it.
    return f'\\c{{{text}}}' if '{' not in text and '}' not in text else _plain(text)


class Page:
    def __init__(self, name, text, titles):
        self.name = name
        self.text = re.sub(r'<!--.*?-->', '', text, flags=re.S)
        self.titles = titles  # of all such pages, by file name

    def _link(self, match):
        text, target = match.group(1), match.group(2)
        file = target.split('#')[0]
        if re.match(r'https?:', target):
            return f'\\l{{{target}}}{{{text}}}'
        # What is elsewhere in the repository has no page.
        return f'\\l{{{self.titles[file]}}}{{{text}}}' if file in self.titles else text

    def _inline(self, text):
        result = []
        for i, part in enumerate(re.split(r'`([^`]+)`', text)):
            if i % 2:
                result.append(_code(part))
                continue
            part = _plain(part)
            part = re.sub(r'\[([^]]+)\]\(([^)]+)\)', self._link, part)
            part = re.sub(r'\*\*([^*]+)\*\*', r'\\b{\1}', part)
            part = re.sub(r'(?<![\w*])\*([^*\s][^*]*)\*', r'\\e{\1}', part)
            result.append(part)
        return ''.join(result)

    def _row(self, line):
        cells, cell, in_code = [], '', False
        for char in line.strip().strip('|'):
            in_code ^= char == '`'
            if char == '|' and not in_code:
                cells.append(cell)
                cell = ''
            else:
                cell += char
        return [self._inline(each.strip()) for each in cells + [cell]]

    def qdoc(self):
        title = title_of(self.text)
        lines = ['/*!', f'\\page {self.name}.html', f'\\title {title}', '\\ingroup notes',
                 f'\\brief {_brief_of(self.text)}']
        inside = ''  # of a list, a table or code
        for line in self.text.split('\n'):
            if line.startswith('```'):
                if inside == 'code':
                    lines.append('\\endcode')
                    inside = ''
                else:
                    inside = self._end(inside, lines)
                    lines.append('\\badcode')
                    inside = 'code'
                continue
            if inside == 'code':
                lines.append(line)
                continue
            item = re.match(r'(?:[-*]|\d+\.) (.*)', line)
            row = line.startswith('|')
            goes_on = line.startswith('  ') and line.strip()
            if inside == 'list' and not item and not goes_on or inside == 'table' and not row:
                inside = self._end(inside, lines)
            if re.match(r'\s*</?(picture|source)\b', line):
                continue
            image = re.match(r'\s*!\[([^]]*)\]\((?:[^)]*/)?([\w.-]+)\)', line) \
                or re.match(r'\s*<img src="(?:[^"]*/)?(?P<file>[\w.-]+)" alt="(?P<alt>[^"]*)"', line)
            if image:
                alt, file = (image.group('alt'), image.group('file')) if 'alt' in image.groupdict() \
                    else image.groups()
                lines += ['', f'\\image {file} {_plain(alt)}', '']
                continue
            heading = re.match(r'(#+) (.*)', line)
            if heading:
                level = len(heading.group(1)) - 1
                if level > 0:
                    lines += ['', f'\\section{level} {self._inline(heading.group(2))}', '']
            elif item:
                if inside != 'list':
                    lines += ['', '\\list']
                    inside = 'list'
                lines.append(f'\\li {self._inline(item.group(1))}')
            elif row:
                if re.fullmatch(r'[|\s:-]+', line):
                    continue
                kind = '\\row'
                if inside != 'table':
                    lines += ['', '\\table']
                    inside = 'table'
                    kind = '\\header'
                lines.append(kind + ' \\li ' + ' \\li '.join(self._row(line)))
            else:
                lines.append(self._inline(line.strip()))
        self._end(inside, lines)
        return '\n'.join(lines + ['*/', ''])

    def _end(self, inside, lines):
        if inside:
            lines.append({'list': '\\endlist', 'table': '\\endtable', 'code': '\\endcode'}[inside])
        return ''


def pages_of(folder):
    texts = {path.name: path.read_text(encoding='utf-8') for path in sorted(folder.glob('*.md'))
             if path.name != 'README.md'}
    titles = {name: title_of(text) for name, text in texts.items()}
    for path in (folder / 'pages').glob('*.qdoc'):
        title = re.search(r'\\title (.+)', path.read_text(encoding='utf-8'))
        titles[f'pages/{path.name}'] = title.group(1) if title else ''
    return '\n'.join(Page(name[:-len('.md')], text, titles).qdoc() for name, text in texts.items())
