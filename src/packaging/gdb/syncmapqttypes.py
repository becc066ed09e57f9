# SPDX-License-Identifier: MIT
"""Qt's strings, for who has no printers of Qt's own: keys are mostly that."""

import gdb
import gdb.printing

NAME = 'SyncMap-Qt'


def is_sane(value):
    size = int(value['d']['size'])
    return 0 <= size < 1 << 31


def utf16(string):
    data = string['d']
    length = 2 * int(data['size'])
    if length == 0:
        return ''
    memory = bytes(gdb.selected_inferior().read_memory(int(data['ptr']), length))
    order = 'be' if 'big' in gdb.execute('show endian', to_string=True) else 'le'
    return memory.decode('utf-16-' + order, 'replace')


def strings(string_list):
    """The texts of a QStringList."""
    data = string_list['d']
    begin = data['ptr'].cast(gdb.lookup_type('QString').pointer())
    return [utf16(begin[i]) for i in range(int(data['size']))]


class StringPrinter:
    """QString"""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            return utf16(self.value) if is_sane(self.value) else None
        except gdb.MemoryError:
            return None

    def display_hint(self):
        return 'string'


class BytesPrinter(StringPrinter):
    """QByteArray"""

    def to_string(self):
        try:
            length = int(self.value['d']['size'])
            if not is_sane(self.value) or length == 0:
                return ''
            begin = int(self.value['d']['ptr'])
            memory = bytes(gdb.selected_inferior().read_memory(begin, length))
            return memory.decode('utf-8', 'backslashreplace')
        except gdb.MemoryError:
            return None


def register():
    """After all that are there: printers of Qt's own, or of an IDE, know more of them."""
    printers = gdb.printing.RegexpCollectionPrettyPrinter(NAME)
    # Not by the names of the types alone, for which Qt Creator has dumpers of its own.
    printers.add_printer('SyncMap-Qt::QString', '^QString$', StringPrinter)
    printers.add_printer('SyncMap-Qt::QByteArray', '^QByteArray$', BytesPrinter)
    gdb.pretty_printers[:] = [
        known for known in gdb.pretty_printers if getattr(known, 'name', '') != NAME
    ] + [printers]
