# SPDX-License-Identifier: MIT
"""Reads what a header declares, and the comments before and beside it.

No compiler is asked: headers that clang-format has laid out are regular enough, and their macros, such
as Q_PROPERTY, say more than what they expand to.
"""

import re
from dataclasses import dataclass, field


class HeaderError(Exception):
    pass


@dataclass
class Declaration:
    kind: str  # class, struct, enum, value, function, variable, alias, property, namespace
    name: str
    line: int
    text: str = ''  # as it is declared, in one line, without body
    comment: str = ''
    access: str = 'public'
    template: str = ''  # its head, without what only chooses between overloads
    parameters: list = field(default_factory=list)
    is_signal: bool = False
    is_invokable: bool = False
    is_deleted: bool = False
    is_friend: bool = False
    is_specialisation: bool = False
    follows: bool = False  # directly, without an empty line
    bases: str = ''
    members: list = field(default_factory=list)
    macros: list = field(default_factory=list)  # (name, arguments)


def _blank(match):
    return re.sub(r'[^\n]', ' ', match.group(0))


def without_directives(text):
    """Preprocessor lines, and the branches of #else, become empty lines."""
    lines, result, skipped = text.split('\n'), [], []
    continues = False
    for line in lines:
        directive = re.match(r'\s*#\s*(\w+)', line)
        if continues or directive:
            word = directive.group(1) if directive and not continues else ''
            if word in ('if', 'ifdef', 'ifndef'):
                # An #if that only newer versions of Qt take is not what is described.
                skipped.append('QT_VERSION >=' in line)
            elif word in ('else', 'elif') and skipped:
                skipped[-1] = not skipped[-1]
            elif word == 'endif' and skipped:
                skipped.pop()
            continues = line.endswith('\\')
            result.append('')
        else:
            result.append('' if any(skipped) else line)
    return '\n'.join(result)


def plain_comment(text):
    """The text of a /*! … */, a //! or a //!<, without what marks it."""
    if text.startswith('/*!'):
        text = text[3:-2]
        if text.startswith('<'):
            text = text[1:]
    else:
        text = '\n'.join(re.sub(r'^\s*//!<? ?', '', line) for line in text.split('\n'))
    lines = text.expandtabs().split('\n')
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    indent = min(indents, default=0)
    lines = [lines[0].strip()] + [line[indent:].rstrip() for line in lines[1:]]
    return '\n'.join(lines).strip()


def split_at_commas(text):
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        if char in '(<[{':
            depth += 1
        elif char in ')]}' or (char == '>' and text[i - 1] != '-'):
            depth -= 1
        elif char == ',' and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    if text[start:].strip():
        parts.append(text[start:].strip())
    return parts


class Parser:
    """One file. What is in a namespace is left out: what is public here has none."""

    def __init__(self, text, path):
        self.path = path
        self.text = without_directives(text)
        self.at = 0

    def fail(self, why):
        raise HeaderError(f'{self.path}:{self.line()}: {why}')

    def line(self, at=None):
        return self.text.count('\n', 0, self.at if at is None else at) + 1

    def parse(self):
        return self._scope(None)

    # To the end of the file, or past the } of a class.
    def _scope(self, owner):
        declarations, comment = [], ''
        access = 'private' if owner is not None and owner.kind == 'class' else 'public'
        signals = False
        last_end = -2
        while True:
            gap = re.compile(r'\s*').match(self.text, self.at)
            self.at = gap.end()
            if self.at >= len(self.text):
                if owner is not None:
                    self.fail(f'{owner.name} does not end')
                return declarations
            rest = self.text[self.at:self.at + 200]
            if rest.startswith('/*'):
                end = self.text.index('*/', self.at) + 2
                raw = self.text[self.at:end]
                self.at = end
                if raw.startswith('/*!<'):
                    declarations[-1].comment = plain_comment(raw)
                elif raw.startswith('/*!'):
                    comment = plain_comment(raw)
                continue
            if rest.startswith('//'):
                match = re.compile(r'//!(?!<)[^\n]*(\n\s*//!(?!<)[^\n]*)*|//[^\n]*').match(
                    self.text, self.at)
                raw = match.group(0)
                self.at = match.end()
                if raw.startswith('//!<'):
                    # The last one that stands in this line, or the next ones.
                    more = re.compile(r'(\n\s*//(?!!)[^\n]*)*').match(self.text, self.at)
                    declarations[-1].comment = plain_comment(raw)
                elif raw.startswith('//!'):
                    comment = plain_comment(raw)
                continue
            if rest[0] == '}':
                self.at += 1
                return declarations
            if rest[0] == ';':
                self.at += 1
                continue
            label = re.match(r'(public|protected|private|Q_SIGNALS|signals)(\s+Q_SLOTS)?\s*:(?!:)', rest)
            if label:
                signals = label.group(1) in ('Q_SIGNALS', 'signals')
                access = 'public' if signals else label.group(1)
                self.at += label.end()
                continue
            macro = re.match(r'(Q_[A-Z_0-9]+|QT_[A-Z_0-9]+|QML_[A-Z_0-9]+)\b(?=\s*[(;\n])', rest)
            if macro and macro.group(1) not in ('Q_INVOKABLE', 'Q_REQUIRED_RESULT'):
                begin = self.at
                self.at += macro.end()
                arguments = ''
                if re.match(r'\s*\(', self.text[self.at:self.at + 20]):
                    self.at = self.text.index('(', self.at)
                    start = self.at + 1
                    self._skip_brackets()
                    arguments = self.text[start:self.at - 1]
                if owner is not None:
                    owner.macros.append((macro.group(1), arguments))
                if macro.group(1) == 'Q_PROPERTY':
                    declaration = self._property(arguments, self.line(begin), comment)
                    declarations.append(declaration)
                comment = ''
                continue

            begin = self.at
            line = self.line()
            declaration = self._statement(owner, line)
            if declaration is None:
                comment = ''
                continue
            declaration.comment = comment or declaration.comment
            declaration.access = access
            declaration.is_signal = signals
            declaration.follows = '\n\n' not in self.text[last_end:begin] and not comment \
                if last_end >= 0 else False
            comment = ''
            last_end = self.at
            declarations.append(declaration)
        return declarations

    def _property(self, arguments, line, comment):
        words = ' '.join(arguments.split())
        match = re.match(r'(.+?[\s*&])(\w+)\s+READ\b(.*)$', words)
        if not match:
            self.fail(f'no property: {words}')
        result = Declaration('property', match.group(2), line, words, comment)
        result.template = match.group(1).strip()  # its type
        attributes = match.group(3)
        for name in ('READ', 'WRITE', 'RESET', 'NOTIFY'):
            found = re.search(rf'\b{name}\s+(\w+)', 'READ' + attributes)
            result.macros.append((name, found.group(1) if found else ''))
        return result

    def _skip_brackets(self):
        pairs = {'(': ')', '{': '}', '[': ']'}
        stack = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in pairs:
                stack.append(pairs[char])
            elif stack and char == stack[-1]:
                stack.pop()
                if not stack:
                    self.at += 1
                    return
            elif char in '"\'' and not (char == "'" and self.text[self.at - 1].isalnum()):
                self._skip_literal(char)
                continue
            elif self.text.startswith('//', self.at):
                self.at = self.text.index('\n', self.at)
            elif self.text.startswith('/*', self.at):
                self.at = self.text.index('*/', self.at) + 1
            self.at += 1
        self.fail('a bracket is not closed')

    def _skip_literal(self, quote):
        self.at += 1
        while self.text[self.at] != quote:
            self.at += 2 if self.text[self.at] == '\\' else 1
        self.at += 1

    def _template_head(self):
        begin = self.at
        self.at = self.text.index('<', self.at)
        depth = 0
        while True:
            char = self.text[self.at]
            if char == '(':
                self._skip_brackets()
                continue
            depth += (char == '<') - (char == '>')
            self.at += 1
            if depth == 0:
                break
        return ' '.join(self.text[begin:self.at].split())

    def _statement(self, owner, line):
        head = ''
        while re.compile(r'template\s*<').match(self.text, self.at):
            head += self._template_head()
            self.at = re.compile(r'(\s|//[^\n]*)*').match(self.text, self.at).end()
        rest = self.text[self.at:]

        match = re.match(r'namespace\b[^{;]*\{', rest)
        if match:
            self.at += match.end() - 1
            self._skip_brackets()
            return None
        friend = re.match(r'friend\s+(?!class\b|struct\b|SyncMapInternal::\w+;)[^;{]*\(', rest)
        if friend:
            self.at += len('friend ')
            result = self._simple(owner, line, head)
            result.is_friend = True
            return result
        if re.match(r'(friend|static_assert|extern)\b', rest):
            self._to_semicolon()
            return None

        match = re.match(r'(class|struct)\s+((?:\[\[\w+\]\]\s*|[A-Z][A-Z_]*_EXPORT\s+)*)'
                         r'(\w+)\s*(<[^;{]*?>)?\s*(final)?\s*(:[^;{(]*|)(?=[;{])', rest)
        if match:
            self.at += match.end()
            result = Declaration(match.group(1), match.group(3), line)
            result.template = head
            result.is_specialisation = bool(match.group(4))
            result.bases = ' '.join(match.group(6).split())
            if self.text[self.at] == ';':
                self.at += 1
                return None
            self.at += 1
            result.members = self._scope(result)
            return result

        match = re.match(r'enum\s+(class\s+)?(\w+)\s*(:[^{;]*)?\{', rest)
        if match:
            self.at += match.end()
            result = Declaration('enum', match.group(2), line)
            result.text = 'class' if match.group(1) else ''
            result.members = self._enumerators()
            return result

        return self._simple(owner, line, head)

    def _enumerators(self):
        values = []
        comment = ''
        pattern = re.compile(
            r'\s*(?:(?P<before>//!(?!<)[^\n]*)|(?P<after>//!<[^\n]*|/\*!<.*?\*/)|(?P<other>//[^\n]*|/\*.*?\*/)'
            r'|(?P<name>\w+)(?P<value>\s*=[^,}/]*)?\s*,?|(?P<end>\}))', re.S)
        while True:
            match = pattern.match(self.text, self.at)
            if not match:
                self.fail('an enumeration that cannot be read')
            self.at = match.end()
            if match.group('end'):
                return values
            if match.group('before'):
                comment = plain_comment(match.group('before'))
            elif match.group('after'):
                values[-1].comment = plain_comment(match.group('after'))
            elif match.group('name'):
                values.append(Declaration('value', match.group('name'), self.line(),
                                          (match.group('value') or '').strip(), comment))
                comment = ''

    def _to_semicolon(self):
        while self.text[self.at] != ';':
            if self.text[self.at] in '({[':
                self._skip_brackets()
                # A friend that is defined where it is declared.
                if self.text[self.at - 1] == '}' and not re.match(r'\s*[;,)]', self.text[self.at:]):
                    return
            else:
                self.at += 1
        self.at += 1

    # A function, a variable or an alias, up to its ; or past its body.
    def _simple(self, owner, line, head):
        begin = self.at
        parameters_at = parameters_end = None
        in_initialisers = is_variable = False
        end = None
        while True:
            char = self.text[self.at]
            if self.text.startswith('//', self.at):
                self.at = self.text.index('\n', self.at)
                continue
            if self.text.startswith('/*', self.at):
                self.at = self.text.index('*/', self.at) + 2
                continue
            is_operator = re.search(r'\boperator[^\w\s(]*\s*$', self.text[begin:self.at])
            if char == '=' and parameters_at is None and not is_operator:
                end = end or self.at
                is_variable = not self.text[begin:self.at].lstrip().startswith('using ')
                end = end if is_variable else None
            if char == '<' and parameters_at is None and not is_operator:
                self._skip_angles()
                continue
            if char == '(' and parameters_at is None and not is_variable \
                    and not (is_operator and is_operator.group(0).strip() == 'operator'):
                parameters_at = self.at
                self._skip_brackets()
                parameters_end = self.at
                continue
            if char in '([':
                self._skip_brackets()
                continue
            if char == ':' and self.text[self.at + 1] != ':' and self.text[self.at - 1] != ':' \
                    and parameters_end is not None:
                in_initialisers = True
                end = end or self.at
            if char == '{':
                before = self.text[:self.at].rstrip()[-1]
                if parameters_end is None or (in_initialisers and (before.isalnum() or before == '_')):
                    end = end or self.at
                    self._skip_brackets()
                    continue
                end = end or self.at
                self._skip_brackets()
                break
            if char == ';':
                end = end or self.at
                self.at += 1
                break
            self.at += 1

        source = re.sub(r'//[^\n]*', '', self.text[begin:end])
        source = ' '.join(source.split())
        match = re.match(r'using\s+(\w+)\s*=\s*(.*)$', source)
        if match:
            result = Declaration('alias', match.group(1), line, match.group(2))
            result.template = head
            return result
        if source.startswith('using '):
            return None
        if parameters_at is None:
            full = ' '.join(re.sub(r'//[^\n]*', '', self.text[begin:self.at - 1]).split())
            value = re.match(r'(.*?[\s*&>])(\w+)(\[\w+\])?\s*$', source)
            if not value:
                self.fail(f'neither function nor variable: {source}')
            result = Declaration('variable', value.group(2), line,
                                 value.group(1).strip() + ' ' + value.group(2) + (value.group(3) or ''))
            result.template = head
            result.bases = full[len(source):].strip()  # what it is at first
            return result

        prefix = ' '.join(re.sub(r'//[^\n]*', '', self.text[begin:parameters_at]).split())
        parameters = ' '.join(
            re.sub(r'//[^\n]*', '', self.text[parameters_at + 1:parameters_end - 1]).split())
        suffix = ' '.join(re.sub(r'//[^\n]*', '', self.text[parameters_end:end]).split())
        name = re.search(r'(operator\s*(?:\(\)|[^\s\w]+|[\w:<>, ]+?)|~?\w+)$', prefix)
        if not name:
            self.fail(f'a function without a name: {prefix}')
        result = Declaration('function', re.sub(r'operator\s+(?=[^\w])', 'operator', name.group(1)), line)
        result.template = head
        result.text = prefix[:name.start()].strip()
        result.is_invokable = 'Q_INVOKABLE' in result.text
        result.parameters = split_at_commas(parameters)
        result.is_deleted = bool(re.search(r'=\s*delete$', suffix))
        result.bases = re.sub(r'\s*=\s*(default|0)$', '', suffix).strip()
        return result

    def _skip_angles(self):
        depth = 0
        while True:
            char = self.text[self.at]
            if char in '([':
                self._skip_brackets()
                continue
            if char in ';{':
                return  # it was an operator
            depth += (char == '<') - (char == '>' and self.text[self.at - 1] != '-')
            self.at += 1
            if depth == 0:
                return


def declarations_of(path):
    return Parser(path.read_text(encoding='utf-8'), path).parse()
