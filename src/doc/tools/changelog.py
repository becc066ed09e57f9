# SPDX-License-Identifier: MIT
"""Makes a page of changelog.md: headings, lists, paragraphs, `code`, **strong** and [links](of these)."""

import re


def _inline(text):
    text = text.replace('\\', '\\\\')
    text = re.sub(r'`([^`]+)`', r'\\c{\1}', text)
    text = re.sub(r'\*\*([^*]+)\*\*', r'\\b{\1}', text)
    return re.sub(r'\[([^]]+)\]\((https?:[^)]+)\)', r'\\l{\2}{\1}', text)


def page_of(markdown):
    lines = ['/*!', '\\page changelog.html', '\\title Changelog',
             '\\brief What changed, version by version.', '']
    in_list = False
    for line in re.sub(r'<!--.*?-->', '', markdown, flags=re.S).split('\n'):
        heading = re.match(r'(#+) (.*)', line)
        item = re.match(r'[-*] (.*)', line)
        if in_list and not item and not line.startswith('  '):
            lines.append('\\endlist')
            in_list = False
        if heading:
            level = len(heading.group(1)) - 1
            if level > 0:
                lines += ['', f'\\section{level} {_inline(heading.group(2))}', '']
        elif item:
            if not in_list:
                lines += ['', '\\list']
                in_list = True
            lines.append(f'\\li {_inline(item.group(1))}')
        else:
            lines.append(_inline(line.strip()))
    if in_list:
        lines.append('\\endlist')
    return '\n'.join(lines + ['*/', ''])
