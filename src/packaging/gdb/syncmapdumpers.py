# SPDX-License-Identifier: MIT
"""SyncMap and SyncCache in the Locals view of Qt Creator, when it debugs with gdb.

Preferences > Debugger > Locals & Expressions > Extra Debugging Helper: the path of this file.
"""

import gdb
import itertools
import os
import sys

from dumper import Children, SubItem

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import syncmaplayout as layout  # noqa: E402
import syncmapprinters as printers  # noqa: E402

MOST_SHOWN = 1000


def native(d, value):
    """The value as gdb's own, which values that Qt Creator took apart have not."""
    if value.nativeValue is not None:
        return layout.plain(value.nativeValue)
    pointer = d.lookupNativeType(value.type.name).pointer()
    return gdb.Value(value.laddress).cast(pointer).dereference()


def put_text(d, text):
    d.putValue(d.hexencode(text), 'utf8:1:0')


def unqualified(value):
    return value.cast(value.type.unqualified())


def put_map(d, printer):
    put_text(d, printer.to_string().split(' with ', 1)[-1])
    d.putNumChild(1)
    if not d.isExpanded():
        return
    both = [iter(printer.children())] * 2
    with Children(d):
        for number, ((_, key), (_, value)) in enumerate(
                itertools.islice(zip(*both), MOST_SHOWN)):
            d.putPairItem(number, (d.fromNativeValue(unqualified(key)),
                                   d.fromNativeValue(unqualified(value))), 'key', 'value')


def put_summary(d, printer):
    shown = printer.to_string()
    if isinstance(shown, gdb.Value):
        d.putItem(d.fromNativeValue(unqualified(shown)))
    else:
        put_text(d, shown)
        d.putNumChild(0)


def qdump__SyncMap(d, value):
    put_map(d, printers.MapPrinter(native(d, value)))


def qdump__SyncCache(d, value):
    put_map(d, printers.CachePrinter(native(d, value)))


# By patterns, since their names have that of the interface's version in the middle.


def qdump__SyncMapInternal__Entry(d, value, regex=printers.INTERNAL + r'Entry<.*>$'):
    # Its line says the value; what else is known of it stands below.
    with Children(d):
        for name, field in printers.EntryPrinter(native(d, value)).children():
            if isinstance(field, gdb.Value):
                shown = d.putSubItem(name, d.fromNativeValue(unqualified(field)))
                if name == 'value':
                    first = shown
            else:
                with SubItem(d, name):
                    put_text(d, field)
                    d.putType(' ')
                    d.putNumChild(0)
    d.putValue(first.value, first.encoding)


def qdump__SyncMap__Guard(d, value):
    put_summary(d, printers.GuardPrinter(native(d, value)))


def qdump__SyncCache__Guard(d, value):
    put_summary(d, printers.GuardPrinter(native(d, value)))


def qdump__SyncMapInternal__LoadedValue(d, value, regex=printers.INTERNAL + r'LoadedValue<.*>$'):
    put_summary(d, printers.LoadedValuePrinter(native(d, value)))


def qdump__SyncCacheError(d, value):
    put_summary(d, printers.ErrorPrinter(native(d, value)))
