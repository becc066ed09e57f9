# SPDX-License-Identifier: MIT
"""Makes the entries of the QML types, of the same comments as those of the classes behind them. What a
type is about is said by a \\qmltype of a page that somebody has written."""

import re

from reference import _sentence, _without_default, returning

_types = {
    'QString': 'string', 'QUrl': 'url', 'QVariant': 'var', 'QVariantMap': 'var', 'QStringList':
    'list<string>', 'QDateTime': 'date', 'QJSValue': 'var', 'double': 'real', 'int': 'int',
    'bool': 'bool', 'void': 'void', '': 'void',
}


class QmlReference:
    def __init__(self, reference):
        self.reference = reference
        self.missing = []
        self.types = {}  # name → classes whose members it has
        classes = dict(reference.classes)
        classes.update({name: declaration for name, (declaration, _) in reference.qml.items()})
        self.names = {}
        # Names that are given to classes of the library, in a namespace of the module's own.
        for path in sorted((reference.root / 'qml').glob('*.h')):
            for body in re.findall(r'\{([^{}]*\bQML_FOREIGN\([^{}]*)\}', path.read_text(encoding='utf-8')):
                macros = dict(re.findall(r'(QML_\w+)\(([^)]*)\)', body))
                behind = [macros['QML_FOREIGN']]
                if 'QML_EXTENDED' in macros:
                    behind.append(macros['QML_EXTENDED'])
                self.types[macros['QML_NAMED_ELEMENT']] = [classes[name] for name in behind]
                self.names[behind[0]] = macros['QML_NAMED_ELEMENT']
        for declaration, _ in reference.qml.values():
            if any(macro == 'QML_ANONYMOUS' for macro, _ in declaration.macros) \
                    and any(m.is_invokable for m in declaration.members):
                self.types[declaration.name] = [declaration]

    def documentation(self):
        result = []
        for name, classes in self.types.items():
            for each in classes:
                result += self._members(name, each)
        return '\n'.join(result)

    def _type(self, text, owner):
        text = re.sub(r'\b(const|Q_INVOKABLE)\b|[&*]', ' ', text).strip()
        if any(m.kind == 'enum' and m.name == text for m in owner.members):
            return 'enumeration'
        if text in self.names:
            return self.names[text]
        if text not in _types:
            raise SystemExit(f'what is a {text} in QML?')
        return _types[text]

    def _parameters(self, member, owner):
        result = []
        for each in member.parameters:
            match = re.match(r'(.*?)(\w+)$', _without_default(each))
            text = f'{self._type(match.group(1), owner)} {match.group(2)}'
            if '=' in each:
                text += ' = undefined'
            result.append(text)
        return ', '.join(result)

    def _miss(self, what, member, owner):
        path = getattr(owner, 'path', None) or self.reference.qml[owner.name][1]
        self.missing.append(f'{path.relative_to(self.reference.root)}:{member.line}: {what} has no comment')

    def _members(self, name, owner):
        result = []
        notifiers = set()
        for each in owner.members:
            if each.kind != 'property':
                continue
            roles = dict(each.macros)
            notifiers.add(roles['NOTIFY'])
            text = self.reference.property_text(each, owner)
            if not text:
                self._miss(f'{name}::{each.name} of QML', each, owner)
            type_ = self._type(each.template, owner)
            lines = [f'\\qmlproperty {type_} SyncMap::{name}::{each.name}']
            if not roles['WRITE']:
                lines.append('\\readonly')
            lines.append(text)
            if type_ == 'enumeration':
                lines += ['', *self._values(name, each.template, owner)]
            result.append(self._block(lines))

        groups = []
        for each in owner.members:
            if each.kind != 'function' or each.access != 'public' or '\\internal' in each.comment:
                continue
            if not each.is_invokable and not (each.is_signal and each.name not in notifiers):
                continue
            if groups and not each.comment and each.follows and groups[-1][0].name == each.name:
                groups[-1].append(each)
            else:
                groups.append([each])
        for group in groups:
            first = group[0]
            comment = re.sub(r'\\threadsafe\b', '', first.comment).strip()
            if not comment:
                self._miss(f'{name}::{first.name}() of QML', first, owner)
            if re.search(r'\bbool$', first.text):
                comment = returning(comment)
            lines = []
            for each in group:
                parameters = self._parameters(each, owner)
                if each.is_signal:
                    lines.append(f'\\qmlsignal SyncMap::{name}::{each.name}({parameters})')
                else:
                    type_ = self._type(each.text, owner)
                    lines.append(f'\\qmlmethod {type_} SyncMap::{name}::{each.name}({parameters})')
            enums = [m.name for m in owner.members if m.kind == 'enum'
                     and any(re.match(rf'{m.name}\b', p) for each in group for p in each.parameters)]
            lines.append(comment)
            for enum in enums:
                lines += ['', *self._values(name, enum, owner)]
            result.append(self._block(lines))
        return result

    def _values(self, name, enum, owner):
        declaration = next(m for m in owner.members if m.kind == 'enum' and m.name == enum)
        return [f'\\value {name}.{v.name} {_sentence(" ".join(v.comment.split()))}'
                for v in declaration.members]

    def _block(self, lines):
        return '/*!\n' + '\n'.join(lines) + '\n*/\n'
