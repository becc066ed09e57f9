# SPDX-License-Identifier: MIT
"""Makes what qdoc 6.4 reads of what the headers declare: one header without bodies and without what is
internal, and the comments of its declarations, each with the \\fn, \\class or \\property that it is for.

qdoc 6.8 and later read the comments where they stand.
"""

import re
from dataclasses import replace

from declarations import declarations_of

# What is said once here need not be said at each member. It has to be true of any class.
_special = (
    # (what it is, its text); the first that fits
    (lambda d, c: d.name == '~' + c.name, 'Destroys it.'),
    (lambda d, c: d.name == c.name and _takes(d, f'const {c.name} &'), 'A copy of \\a {0}.'),
    (lambda d, c: d.name == c.name and _takes(d, f'{c.name} &&'), 'Takes over what \\a {0} is.'),
    (lambda d, c: d.name == 'operator=' and _takes(d, f'const {c.name} &'),
     'Becomes a copy of \\a {0}.'),
    (lambda d, c: d.name == 'operator=' and _takes(d, f'{c.name} &&'), 'Takes over what \\a {0} is.'),
    (lambda d, c: d.name == 'operator==' and len(d.parameters) == 2,
     'Returns true if \\a {0} and \\a {1} are equal.'),
    (lambda d, c: d.name == 'operator!=' and len(d.parameters) == 2,
     'Returns true if \\a {0} and \\a {1} differ.'),
    (lambda d, c: d.name == 'swap' and len(d.parameters) == 1,
     'Exchanges it with \\a {0}. Cannot fail.'),
    (lambda d, c: d.name == 'swap' and len(d.parameters) == 2,
     'Exchanges \\a {0} and \\a {1}. Cannot fail.'),
    (lambda d, c: d.name == 'operator<<' and d.parameters[0].startswith('QDebug '),
     'Writes \\a {1} to \\a {0}.'),
)
# Of each type; a member that came later says so itself.
SINCE = '\\since SyncMap 1.0'
# What Qt's own classes say of functions that are overridden.
_inherited = ('override', 'final')


def _takes(declaration, type_):
    return len(declaration.parameters) == 1 and declaration.parameters[0].startswith(type_)


def _parameter_name(parameter):
    match = re.search(r'(\w+)(\[\w*\])?\s*(=.*)?$', parameter)
    words = re.sub(r'=.*', '', parameter).split()
    return match.group(1) if match and len(words) > 1 else ''


def _without_default(parameter):
    depth = 0
    for i, char in enumerate(parameter):
        if char in '<({':
            depth += 1
        elif char in '>)}':
            depth -= 1
        elif char == '=' and depth == 0:
            return parameter[:i].strip()
    return parameter


def template_parameters(head):
    """Of `template <…>`, possibly several: lists of those that have a name and say more than which
    overload is meant."""
    heads = []
    for each in re.findall(r'template <(.*?)>(?=\s*(?:template <|$))', head):
        named = []
        depth, start, parts = 0, 0, []
        for i, char in enumerate(each + ','):
            depth += (char in '<(') - (char in '>)')
            if char == ',' and depth == 0:
                parts.append(each[start:i].strip())
                start = i + 1
        for part in parts:
            if re.match(r'(typename|class)(\.\.\.)? \w+', part) or re.match(r'std::size_t \w+$', part):
                named.append(part)
        heads.append(named)
    return heads


def _template(parameters, defaults):
    if not parameters:
        return ''
    kept = parameters if defaults else [_without_default(each) for each in parameters]
    return 'template <' + ', '.join(kept) + '> '


def returning(text):
    """Of a function that returns a bool, in qdoc's words."""
    return re.sub(r'^((?:\\relates \w+\s+)?)(True|Whether)\b',
                  lambda match: f'{match.group(1)}Returns {match.group(2).lower()}', text)


def _sentence(text):
    """A remark beside a declaration begins small, and ends without a point."""
    if not text:
        return text
    if not text.startswith('\\'):
        text = text[0].upper() + text[1:]
    return text if text[-1] in '.:!?' else text + '.'


class Reference:
    def __init__(self, root, aliases):
        """\\a aliases: what a type that leads into the engine is called, by its name."""
        self.root = root
        self.aliases = aliases
        self.missing = []
        self.classes = {}
        self.enums = []
        self.free = []
        self.qml = {}
        self.headers = {}
        self._forwarding = self._closures()
        for folder in (root / 'include' / 'SyncMap', root / 'qml' / 'quick' / 'SyncMap'):
            for path in sorted(folder.rglob('*.h')):
                self._read(path)
        for path in sorted((root / 'qml').glob('*.h')):
            for declaration in declarations_of(path):
                if declaration.kind in ('class', 'struct'):
                    self.qml[declaration.name] = (declaration, path)
        for declaration in self.classes.values():
            list(self.members(declaration))

    # Headers that are named as a class, and all that they bring.
    def _closures(self):
        closures = {}
        folders = [self.root / 'include', self.root / 'qml' / 'quick']
        for folder in folders:
            for path in (folder / 'SyncMap').iterdir():
                if path.is_file() and not path.suffix:
                    seen, todo = set(), [path]
                    while todo:
                        each = todo.pop()
                        if each in seen:
                            continue
                        seen.add(each)
                        for name in re.findall(r'#\s*include <(SyncMap/[^>]+)>', each.read_text()):
                            todo += [f / name for f in folders if (f / name).is_file()]
                    closures[path.name] = seen
        return closures

    def _header_of(self, name, path):
        if name in self._forwarding:
            return f'SyncMap/{name}'
        fitting = [(len(files), header) for header, files in self._forwarding.items() if path in files]
        return f'SyncMap/{min(fitting)[1]}' if fitting else ''

    def _read(self, path):
        for declaration in declarations_of(path):
            if '::' in declaration.text.split('(')[0] and declaration.text.endswith('::'):
                continue  # the body of a member
            if declaration.is_specialisation:
                continue
            declaration.path = path
            if declaration.kind in ('class', 'struct'):
                self.classes[declaration.name] = declaration
            elif declaration.kind == 'enum':
                self.enums.append(declaration)
            else:
                self.free.append(declaration)

    # ---- the header

    def header(self):
        lines = ['#pragma once', '#include <QtCore/QtCore>', '#include <array>', '#include <chrono>',
                 '#include <exception>', '#include <functional>', '#include <memory>',
                 '#include <optional>', '']
        for name in self._foreign():
            lines.append(f'class {name} {{ public: virtual ~{name}(); }};')
        for declaration in self.classes.values():
            heads = template_parameters(declaration.template)
            lines.append(_template(heads[0] if heads else [], False)
                         + f'{declaration.kind} {declaration.name};')
        for declaration in self.enums:
            lines += self._enum(declaration)
        for declaration in self.free:
            if declaration.kind == 'variable':
                lines.append(f'extern {self._variable(declaration)};')
        for declaration in self._in_order():
            lines += self._class(declaration, '')
        for declaration in self.free:
            if declaration.kind == 'alias':
                lines.append(declaration.template + ' ' * bool(declaration.template)
                             + f'using {declaration.name} = {declaration.text};')
            elif declaration.kind == 'function' and not declaration.is_deleted:
                lines.append(self._function(declaration, None) + ';')
        return '\n'.join(lines) + '\n'

    # Of Qt's other modules: their names suffice.
    def _foreign(self):
        names = set()
        for declaration in self.classes.values():
            if 'quick' in declaration.path.parts:
                names.update(re.findall(r'\bQ[A-Z]\w+', declaration.bases))
                for member in declaration.members:
                    names.update(re.findall(r'\bQ(?:Quick|Image)\w*', ' '.join(member.parameters + [member.text])))
        return sorted(names)

    def _in_order(self):
        done, result = set(), []

        def needs(declaration):
            text = declaration.bases
            for member in declaration.members:
                if member.access == 'private':
                    continue
                if member.kind == 'variable':
                    text += ' ' + member.text
                text += ' ' + ' '.join(p for p in member.parameters if '=' in p)
            return [n for n in self.classes if n != declaration.name and re.search(rf'\b{n}\b', text)]

        def visit(declaration):
            if declaration.name in done:
                return
            done.add(declaration.name)
            for name in needs(declaration):
                visit(self.classes[name])
            result.append(declaration)

        for declaration in self.classes.values():
            visit(declaration)
        return result

    def _enum(self, declaration, indent=''):
        kind = 'enum class' if declaration.text == 'class' else 'enum'
        values = ', '.join(f'{v.name} {v.text}'.strip() for v in declaration.members)
        return [f'{indent}{kind} {declaration.name} {{ {values} }};']

    def _plain(self, text):
        text = re.sub(r'\[\[\w+\]\]|\bSYNCMAP_\w*EXPORT\b|\bQ_INVOKABLE\b|\binline\b|\bconstexpr\b|\btypename\b',
                      ' ', text)
        return ' '.join(text.split())

    def _class(self, declaration, indent):
        heads = template_parameters(declaration.template)
        bases = re.sub(r'SyncMapInternal::', '', declaration.bases)
        lines = [indent + _template(heads[0] if heads else [], False)
                 + f'{declaration.kind} {declaration.name} {bases} {{']
        properties = [m for m in declaration.members if m.kind == 'property']
        if any(m == 'Q_OBJECT' for m, _ in declaration.macros):
            lines.append(indent + '    Q_OBJECT')
        elif any(m == 'Q_GADGET' for m, _ in declaration.macros):
            lines.append(indent + '    Q_GADGET')
        for each in self._with_own_functions(properties, declaration):
            lines.append(indent + f'    Q_PROPERTY({each.text})')
        lines.append(indent + 'public:')
        access = 'public'
        for member in self.members(declaration):
            wanted = 'signals' if member.is_signal else member.access
            if wanted != access:
                lines.append(indent + {'signals': 'Q_SIGNALS'}.get(wanted, wanted) + ':')
                access = wanted
            inner = indent + '    '
            if member.kind in ('class', 'struct'):
                lines += self._class(member, inner)
            elif member.kind == 'enum':
                lines += self._enum(member, inner)
            elif member.kind == 'alias':
                lines.append(f'{inner}using {member.name} = {self._alias(member)};')
            elif member.kind == 'variable':
                value = ' ' + member.bases if member.text.startswith('static constexpr') else ''
                lines.append(f'{inner}{self._variable(member)}{value};')
            elif member.kind == 'function':
                lines.append(f'{inner}{self._function(member, declaration)};')
        lines.append(indent + '};')
        return lines

    # qdoc forgets a function that belongs to two properties: another name has the function of that name,
    # and no signal.
    def _with_own_functions(self, properties, declaration):
        used = set()
        for each in properties:
            roles = dict(each.macros)
            if roles['READ'] in used:
                functions = [m.name for m in declaration.members if m.kind == 'function']
                getter = each.name if each.name in functions else roles['READ']
                each = replace(each, text=f'{each.template} {each.name} READ {getter}')
            used.update(roles.values())
            yield each

    def _variable(self, member):
        constant = 'const ' if 'constexpr' in member.text else ''
        text = self._plain(member.text)
        return re.sub(r'^(static )?', rf'\1{constant}', text, count=1)

    def _alias(self, member):
        return self.aliases.get(member.name, member.text)

    def _function(self, declaration, owner):
        heads = template_parameters(declaration.template)
        head = ''.join(_template(each, True) for each in heads)
        text = self._plain(declaration.text)
        if declaration.is_invokable:
            text = 'Q_INVOKABLE ' + text
        suffix = declaration.bases
        if owner is not None and self._foreign_base(owner):
            suffix = re.sub(r'\boverride\b', '', suffix)
        parameters = ', '.join(declaration.parameters)
        return f'{head}{text} {declaration.name}({parameters}) {suffix}'.replace('  ', ' ').strip()

    def members(self, declaration):
        """What is public or protected of a class, and not marked as internal."""
        hidden = {m.name for m in declaration.members
                  if m.access != 'public' and m.kind in ('alias', 'class', 'struct')}
        hidden.add('SyncMapInternal')
        hidden.discard(declaration.name)
        for member in declaration.members:
            if member.kind == 'property' or member.is_deleted:
                continue
            if member.access == 'private' and not member.is_friend:
                continue
            if '\\internal' in member.comment:
                continue
            if member.access == 'protected' and member.kind in ('alias', 'struct'):
                continue
            said = ' '.join(member.parameters) + ' ' + member.text
            if hidden & set(re.findall(r'\w+', said)):
                if member.kind == 'alias' and member.access == 'public':
                    if member.name not in self.aliases:
                        raise SystemExit(f'what is {declaration.name}::{member.name} called?')
                else:
                    continue
            if member.is_friend:
                self._befriend(member, declaration)
                continue
            yield member

    # A function that is a friend and no member: qdoc finds it as one that stands by itself.
    def _befriend(self, member, owner):
        same = [each for each in self.free if each.name == member.name
                and each.parameters == member.parameters]
        if same or 'SyncMapInternal' in member.name:
            return
        free = replace(member, is_friend=False, template=owner.template)
        free.path = owner.path
        free.owner = owner
        self.free.append(free)

    # ---- the comments

    def documentation(self):
        result = []
        for declaration in self.enums:
            result.append(self._enum_page(declaration, ''))
        for declaration in self.classes.values():
            result += self._class_page(declaration, [])
        result += self._free_pages()
        return '\n'.join(result)

    def _block(self, *lines):
        text = '\n'.join(line for line in lines if line)
        return '/*!\n' + text + '\n*/\n'

    def _miss(self, what, declaration):
        path = getattr(declaration, 'path', None) or self._path
        self.missing.append(f'{path.relative_to(self.root)}:{declaration.line}: {what} has no comment')

    def _enum_page(self, declaration, scope):
        if not scope:
            self._path = declaration.path
        body = declaration.comment
        name = scope + declaration.name
        body = re.sub(r'^\\(enum|inmodule)\b.*\n?', '', body, flags=re.M).strip()
        if not body:
            self._miss(name, declaration)
        values = []
        for value in declaration.members:
            if f'\\value {value.name} ' in body:
                continue
            if not value.comment:
                self._miss(f'{name}::{value.name}', value)
            values.append(f'\\value {value.name} {_sentence(" ".join(value.comment.split()))}')
        lines = [f'\\enum {name}']
        if not scope:
            header = self._header_of(declaration.name, declaration.path)
            lines.append('\\relates SyncCache')
            body += f'\n\nIn \\c <{header}>.'
        return self._block(*lines, '' if scope else SINCE, body, '', *values)

    def _class_page(self, declaration, scopes):
        if not scopes:
            self._path = declaration.path
        path = self._path
        scope = ''.join(each.name + '::' for each in scopes)
        name = scope + declaration.name
        comment = declaration.comment
        if not comment:
            self._miss(name, declaration)
        if '\\brief' not in comment:
            brief, _, rest = comment.partition('.')
            comment = f'\\brief {brief}.\n\n{rest.strip()}'
        comment = re.sub(r'^\s*\\(class|inmodule)\b.*\n?', '', comment, flags=re.M)
        result = [self._block(f'\\class {name}', '\\inmodule SyncMap',
                              f'\\inheaderfile {self._header_of(declaration.name, path)}'
                              if not scopes else '',
                              SINCE, comment)]
        owners = scopes + [declaration]

        properties = [m for m in declaration.members if m.kind == 'property']
        accessors = {}
        for each in properties:
            for role, function in each.macros:
                if function:
                    accessors.setdefault(function, each)
        for each in properties:
            result.append(self._property_page(each, declaration, name))

        groups = []
        for member in self.members(declaration):
            if member.kind in ('class', 'struct'):
                result += self._class_page(member, owners)
                self._path = path
            elif member.kind == 'enum':
                result.append(self._enum_page(member, name + '::'))
            elif member.kind == 'alias':
                self._check(member, name)
                result.append(self._block(f'\\typealias {name}::{member.name}', member.comment))
            elif member.kind == 'variable':
                self._check(member, name)
                result.append(self._block(f'\\variable {name}::{member.name}',
                                          _sentence(member.comment)))
            elif member.kind == 'function':
                if member.name in accessors and self._is_accessor(member, accessors[member.name]):
                    continue
                self._into_groups(groups, member, declaration)
        for group in groups:
            result.append(self._function_block(group, owners, name))
        return result

    def _is_accessor(self, member, property_):
        """And not an overload that takes another type."""
        roles = dict(property_.macros)
        if member.name == roles.get('WRITE'):
            same = [p.split()[-1] for p in member.parameters]
            type_ = property_.template.replace('*', '').strip()
            return len(same) == 1 and bool(re.search(rf'\b{re.escape(type_)}\b', member.parameters[0]))
        return not member.parameters or member.is_signal

    def _check(self, member, scope):
        if not member.comment:
            self._miss(f'{scope}::{member.name}', member)

    def _into_groups(self, groups, member, owner):
        """One comment may stand for several functions: for those that follow it, without an empty line,
        and have its name or, for a setX(), the name x()."""
        if not member.comment and member.follows and groups:
            first = groups[-1][0]
            same = {first.name}
            if re.match(r'set[A-Z]', first.name):
                same.add(first.name[3].lower() + first.name[4:])
            if member.name in same:
                groups[-1].append(member)
                return
        groups.append([member])

    def _function_block(self, group, owners, scope):
        first = group[0]
        comment = first.comment
        if re.search(r'\bbool$', first.text) or first.name == 'operator bool':
            comment = returning(comment)
        kept = ' '.join(re.findall(r'\\relates \w+|\\threadsafe', comment))
        if not re.sub(r'\\relates \w+|\\threadsafe', '', comment).strip():
            for fits, text in _special:
                if fits(first, owners[-1]):
                    names = [_parameter_name(p) or 'other' for p in first.parameters]
                    for index, name in enumerate(names):
                        if not _parameter_name(first.parameters[index]):
                            first.parameters[index] += f' {name}'
                    comment = text.format(*names)
                    if kept:
                        comment = kept + '\n\n' + comment
                    break
            else:
                if any(word in first.bases.split() for word in _inherited):
                    base = self._foreign_base(owners[-1])
                    comment = f'Reimplements {base}::{first.name}().' if base else '\\reimp'
                else:
                    self._miss(f'{scope}::{first.name}()', first)
        lines = [f'\\fn {self._signature(each, owners)}' for each in group]
        return self._block(*lines, comment)

    def _foreign_base(self, declaration):
        named = [n for n in self._foreign() if re.search(rf'\b{n}\b', getattr(declaration, 'bases', ''))]
        return named[0] if named else ''


    def _signature(self, declaration, owners):
        heads = [h for each in owners for h in template_parameters(each.template)]
        own = template_parameters(declaration.template)
        head = ''.join(_template(each, False) for each in heads + own)
        scope = ''
        if owners:
            for each in owners:
                parameters = template_parameters(each.template)
                names = [re.sub(r'^\S+ ', '', p.split('=')[0].strip()) for p in
                         (parameters[0] if parameters else [])]
                scope += each.name + ('<' + ', '.join(names) + '>' if names else '') + '::'
        text = re.sub(r'\b(static|virtual|explicit)\b', '', self._plain(declaration.text))
        text = ' '.join(text.split())
        nested = [m.name for each in owners for m in each.members
                  if m.kind in ('class', 'struct', 'enum', 'alias') and m.access == 'public']
        # Where a function is defined outside of its class, its result is looked up outside, too.
        match = re.match(r'(const )?(\w+)\b(?!::)(.*)$', text)
        if match and match.group(2) in nested and scope:
            typename = 'typename ' if '<' in scope else ''
            text = f'{match.group(1) or ""}{typename}{scope}{match.group(2)}{match.group(3)}'
        parameters = ', '.join(_without_default(each) for each in declaration.parameters)
        suffix = re.sub(r'\b(override|final|noexcept)\b', '', declaration.bases)
        return ' '.join(f'{head}{text} {scope}{declaration.name}({parameters}) {suffix}'.split())

    def _property_page(self, property_, declaration, scope):
        body = self.property_text(property_, declaration)
        if not body:
            self._miss(f'{scope}::{property_.name}', property_)
        return self._block(f'\\property {scope}::{property_.name}', body)

    def property_text(self, property_, declaration):
        """Its own comment, or those of the functions that read and write it."""
        texts = [property_.comment]
        for role in ('READ', 'WRITE', 'RESET'):
            function = dict(property_.macros)[role]
            for member in declaration.members:
                if member.kind == 'function' and member.name == function and member.comment \
                        and self._is_accessor(member, property_) and member.comment not in texts:
                    texts.append(member.comment)
        return '\n\n'.join(each for each in texts if each)

    def _free_pages(self):
        result = []
        groups = []
        for each in self.free:
            if each.is_deleted:
                continue
            self._path = each.path
            if each.kind == 'function':
                groups.append([each])
                continue
            relates = '' if '\\relates' in each.comment else f'\\relates {self._related(each)}'
            text = each.comment
            if each.kind == 'alias' and not text:
                text = f'\\deprecated Say {each.text}.'
            if not text:
                self._miss(each.name, each)
            word = 'typealias' if each.kind == 'alias' else 'variable'
            result.append(self._block(f'\\{word} {each.name}', relates, text))
        for group in groups:
            self._path = group[0].path
            result.append(self._free_function(group))
        return result

    def _free_function(self, group):
        first = group[0]
        relates = '' if '\\relates' in first.comment else f'\\relates {self._related(first)}'
        class Nobody:
            name = ''
            template = ''
            members = ()
        block = self._function_block(group, [Nobody], '')
        block = re.sub(r' ::' + re.escape(first.name), ' ' + first.name, block, count=1)
        return block.replace('\n', f'\n{relates}\n', 1) if relates else block

    def _related(self, declaration):
        text = declaration.text + ' '.join(declaration.parameters)
        if hasattr(declaration, 'owner'):
            return declaration.owner.name
        found = [n for n in re.findall(r'\bSync\w+', text) if n in self.classes]
        return found[0] if found else 'SyncCache'
